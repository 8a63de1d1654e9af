const assert = require('node:assert/strict');
const { test } = require('node:test');
const { auditSink, createLogger, jsonSink, lineSink, redactText, redactValue } = require('../build/index.js');

test('secrets in a text', () => {
  assert.equal(redactText('got Bearer abc.def'), 'got Bearer [redacted]');
  assert.equal(redactText('see https://ann:pw@host/x'), 'see https://ann:[redacted]@host/x');
  assert.equal(redactText('GET /a?x=1&token=abc&y=2'), 'GET /a?x=1&token=[redacted]&y=2');
  assert.equal(redactText('nothing here'), 'nothing here');
});

test('test tokens are secrets as well', () => {
  assert.equal(redactText('login tok_test_0123456789'), 'login [redacted]');
  assert.equal(redactText('login tok_live_0123456789'), 'login [redacted]');
});

test('secrets in fields', () => {
  const fields = { user: 7, password: 'hunter2', inner: { token: 'abc', n: null } };
  assert.deepEqual(redactValue(fields), { user: 7, password: '[redacted]', inner: { token: '[redacted]', n: null } });
  assert.equal(fields.password, 'hunter2');
});

test('a line', () => {
  const lines = [];
  const log = createLogger({ sinks: [lineSink((line) => lines.push(line))] });
  log.info('signed in', { user: 7, password: 'hunter2', none: undefined });
  log.child({ request: 'r-1' }).warn('slow');
  assert.deepEqual(lines, ['INFO signed in user=7 password="[redacted]"\n', 'WARN slow request="r-1"\n']);
});

test('JSON', () => {
  const lines = [];
  createLogger({ sinks: [jsonSink((line) => lines.push(line))] }).error('no', { a: [1, 2] });
  assert.deepEqual(lines, ['{"level":"error","message":"no","fields":{"a":[1,2]}}\n']);
});

test('the audit counts records and leaves debug ones out', () => {
  const entries = [];
  const log = createLogger({ sinks: [auditSink((entry) => entries.push(entry))] });
  log.info('a', { x: 1 });
  log.debug('b');
  log.warn('c');
  assert.deepEqual(entries, [
    { number: 1, level: 'info', message: 'a', fields: { x: 1 } },
    { number: 2, level: 'warn', message: 'c', fields: {} },
  ]);
});

test('an error is logged with its cause', () => {
  const entries = [];
  const log = createLogger({ sinks: [auditSink((entry) => entries.push(entry))], context: { error: new Error('outer', { cause: new TypeError('inner') }) } });
  log.error('failed');
  const { error } = entries[0].fields;
  assert.equal(error.message, 'outer');
  assert.equal(error.cause.name, 'TypeError');
  assert.match(error.stack, /redact\.test\.js/);
});
