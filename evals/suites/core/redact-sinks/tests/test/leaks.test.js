const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { auditSink, createLogger, jsonSink, lineSink, redactText, redactValue } = require('../build/index.js');

const SECRET = 'tok_live_aaaabbbbcccc';

/** Logs to all three sinks, and gives what came out of each as text. */
function outputs(use, context) {
  const out = { line: '', json: '', audit: '' };
  const log = createLogger({
    context,
    sinks: [
      lineSink((line) => { out.line += line; }),
      jsonSink((line) => { out.json += line; }),
      auditSink((entry) => { out.audit += `${JSON.stringify(entry)}\n`; }),
    ],
  });
  use(log);
  return out;
}

function nothingLeaks(use, context, secrets = [SECRET]) {
  for (const [sink, text] of Object.entries(outputs(use, context))) {
    assert.ok(text.includes('[redacted]'), `${sink}: ${text}`);
    for (const secret of secrets) assert.ok(!text.includes(secret), `${sink} leaks ${secret}: ${text}`);
  }
}

describe('texts', () => {
  test('all secrets of a text are taken out', () => {
    assert.equal(redactText('Bearer a.b then Bearer c.d'), 'Bearer [redacted] then Bearer [redacted]');
    assert.equal(redactText('tok_live_aaaaaaaa,tok_test_bbbbbbbb tok_live_cccccccc'), '[redacted],[redacted] [redacted]');
    assert.equal(redactText('a://u:p@h b://v:q@i'), 'a://u:[redacted]@h b://v:[redacted]@i');
    assert.equal(redactText('?token=1&token=2&x=3'), '?token=[redacted]&token=[redacted]&x=3');
  });

  test('the same text gives the same result every time', () => {
    for (let i = 0; i < 4; i++) assert.equal(redactText(`x ${SECRET} y`), 'x [redacted] y');
  });

  test('all names count in a query string, whatever their spelling', () => {
    assert.equal(redactText('/a?api_key=1&API-Key=2&apikey=3'), '/a?api_key=[redacted]&API-Key=[redacted]&apikey=[redacted]');
    assert.equal(redactText('/a?Authorization=x&access_token=y&clientSecret=z#top'), '/a?Authorization=[redacted]&access_token=[redacted]&clientSecret=[redacted]#top');
    assert.equal(redactText('/a?user=ann&tokens=5&keyboard=de'), '/a?user=ann&tokens=5&keyboard=de');
  });

  test('test tokens are secrets, short ones are none', () => {
    assert.equal(redactText('tok_test_12345678 tok_test_1234567'), '[redacted] tok_test_1234567');
  });
});

describe('names of fields', () => {
  test('are compared without case, - and _', () => {
    for (const name of ['Password', 'API_KEY', 'api-key', 'apiKey', 'Authorization', 'COOKIE']) {
      assert.deepEqual(redactValue({ [name]: 'x' }), { [name]: '[redacted]' }, name);
    }
  });

  test('may only end so', () => {
    for (const name of ['X-Api-Key', 'dbPassword', 'SESSION_TOKEN', 'set-cookie', 'Proxy-Authorization']) {
      assert.deepEqual(redactValue({ [name]: 'x' }), { [name]: '[redacted]' }, name);
    }
    for (const name of ['passwordLength', 'tokens', 'secretary', 'key', 'cookieCount']) assert.deepEqual(redactValue({ [name]: 'x' }), { [name]: 'x' }, name);
  });

  test('hide lists and objects as a whole, but not nothing', () => {
    assert.deepEqual(redactValue({ token: ['a', 'b'], secret: { x: 1 }, password: null, cookie: undefined, apiKey: 0 }), {
      token: '[redacted]',
      secret: '[redacted]',
      password: null,
      cookie: undefined,
      apiKey: '[redacted]',
    });
  });
});

describe('values', () => {
  test('lists are searched at any depth', () => {
    const value = { a: [1, [`x ${SECRET}`, { password: 'p', ok: [SECRET] }]] };
    assert.deepEqual(redactValue(value), { a: [1, ['x [redacted]', { password: '[redacted]', ok: ['[redacted]'] }]] });
  });

  test('are never changed', () => {
    const value = { a: [{ token: SECRET }], e: new Error(SECRET), text: SECRET };
    const { e } = value;
    outputs((log) => log.child(value).info('m', value));
    assert.equal(value.a[0].token, SECRET);
    assert.equal(value.e, e);
    assert.equal(e.message, SECRET);
    assert.equal(value.text, SECRET);
  });

  test('that contain themselves are logged as far as they go', () => {
    const value = { name: 'loop', token: SECRET, list: [] };
    value.self = value;
    value.list.push(value.list, SECRET);
    assert.deepEqual(redactValue(value), { name: 'loop', token: '[redacted]', list: ['[circular]', '[redacted]'], self: '[circular]' });
    nothingLeaks((log) => log.info('m', { value }));
  });

  test('that occur twice without a loop are logged twice', () => {
    const shared = { n: 1 };
    assert.deepEqual(redactValue({ a: shared, b: [shared, shared] }), { a: { n: 1 }, b: [{ n: 1 }, { n: 1 }] });
  });
});

describe('every sink', () => {
  test('keeps secrets of messages', () => nothingLeaks((log) => log.info(`got ${SECRET} twice ${SECRET}`)));
  test('keeps secrets of fields', () => nothingLeaks((log) => log.info('m', { 'X-Api-Key': 'open-sesame', deep: [{ note: SECRET }] }), undefined, [SECRET, 'open-sesame']));
  test('keeps secrets of the context', () => nothingLeaks((log) => log.info('m'), { auth: { sessionToken: 'open-sesame' }, url: `https://x/?token=${SECRET}` }, [SECRET, 'open-sesame']));
  test('keeps secrets of a child', () => nothingLeaks((log) => log.child({ dbPassword: 'open-sesame' }).child({ note: SECRET }).warn('m'), undefined, [SECRET, 'open-sesame']));
  test('keeps test tokens', () => nothingLeaks((log) => log.info('tok_test_aaaabbbb', { t: ['tok_test_ccccdddd'] }), { u: 'tok_test_eeeeffff' }, ['tok_test_']));
  test('keeps secrets of errors', () => nothingLeaks((log) => log.error('failed', { error: new Error(`no access with ${SECRET}`) })));

  test('keeps secrets of causes', () => {
    const cause = new Error('inner Bearer abc.def.ghi', { cause: { password: 'open-sesame', list: [SECRET] } });
    nothingLeaks((log) => log.error('failed', { error: new Error('outer', { cause }) }), undefined, [SECRET, 'abc.def', 'open-sesame']);
  });

  test('keeps secrets of errors inside of values', () => {
    nothingLeaks((log) => log.error('failed', { results: [{ reason: new TypeError(SECRET) }] }), { earlier: { error: new Error(SECRET) } });
  });
});

test('errors are logged with name, message, stack and cause wherever they stand', () => {
  const entries = [];
  const log = createLogger({ sinks: [auditSink((entry) => entries.push(entry))] });
  log.error('failed', { error: new Error('outer', { cause: new TypeError('inner') }), list: [new RangeError('deep')] });
  const { error, list } = entries[0].fields;
  assert.deepEqual([error.name, error.message, error.cause.name, error.cause.message], ['Error', 'outer', 'TypeError', 'inner']);
  assert.match(error.stack, /leaks\.test\.js/);
  assert.deepEqual([list[0].name, list[0].message], ['RangeError', 'deep']);
});

test('errors that cause each other end', () => {
  const a = new Error('a');
  const b = new Error('b', { cause: a });
  a.cause = b;
  const out = outputs((log) => log.error('failed', { a, token: 'x' }));
  for (const text of Object.values(out)) assert.ok(text.includes('[circular]'));
});

test('what is no secret is logged as it is', () => {
  const { line, json, audit } = outputs((log) => log.child({ request: 'r-1' }).info('fine', { n: 1, list: [true, null, 'x'], o: { p: 'q' } }));
  assert.equal(line, 'INFO fine request="r-1" n=1 list=[true,null,"x"] o={"p":"q"}\n');
  assert.equal(json, '{"level":"info","message":"fine","fields":{"request":"r-1","n":1,"list":[true,null,"x"],"o":{"p":"q"}}}\n');
  assert.equal(audit, '{"number":1,"level":"info","message":"fine","fields":{"request":"r-1","n":1,"list":[true,null,"x"],"o":{"p":"q"}}}\n');
});

describe('scrub', () => {
  const scrub = (text) => {
    const file = join(mkdtempSync(join(tmpdir(), 'hush-')), 'x.log');
    writeFileSync(file, text);
    return execFileSync(process.execPath, [join(__dirname, '../build/scrub.js'), file], { encoding: 'utf8' });
  };

  test('takes all secrets out of a file', () => {
    const text = 'a tok_test_11112222 tok_live_33334444\nb redis://x:pw1@h redis://x:pw2@h\n\nc ?api_key=k1&password=k2\n';
    assert.equal(scrub(text), 'a [redacted] [redacted]\nb redis://x:[redacted]@h redis://x:[redacted]@h\n\nc ?api_key=[redacted]&password=[redacted]\n');
  });

  test('takes them out of the sample', () => {
    const output = execFileSync(process.execPath, [join(__dirname, '../build/scrub.js'), join(__dirname, '../fixtures/sample.log')], { encoding: 'utf8' });
    for (const secret of ['q8w7e6r5', 'eyJhbGciOi', 'abc.def.ghi', 'hunter2', 'hunter3', '9f8e7d6c5b4a', '1a2b3c4d5e6f', '0011223344', 'k-123456', 'pa%24%24']) {
      assert.ok(!output.includes(secret), secret);
    }
  });
});
