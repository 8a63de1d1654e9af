const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const warden = require('../build/index.js');

const { DurationError, cacheRule, defineUnit, formatDuration, formatTimespan, limitRule, parseDuration, parseTimespan, readRules, retryRule, sessionRule } = warden;

const TEXTS = [
  ['1h30m', 5_400_000],
  ['1 h 30 min', 5_400_000],
  ['1,5 hours', 5_400_000],
  ['1.5H', 5_400_000],
  ['250ms', 250],
  ['250 MS', 250],
  ['2 weeks', 1_209_600_000],
  ['2weeks', 1_209_600_000],
  ['1d 2 hours 3m', 93_780_000],
  ['10 sec 5ms', 10_005],
  [' 3 Minutes ', 180_000],
  ['2s', 2_000],
  ['1 day', 86_400_000],
];

/** What is the longest age that a rule made of this text still takes, in milliseconds. */
const readers = {
  cache: (text) => {
    const rule = cacheRule({ ttl: text });
    return (ms) => rule.state(ms - 1) === 'fresh' && rule.state(ms) !== 'fresh';
  },
  grace: (text) => {
    const rule = cacheRule({ ttl: '1ms', grace: text });
    return (ms) => rule.state(ms) === 'grace' && rule.state(ms + 1) === 'old';
  },
  limit: (text) => {
    const rule = limitRule({ max: 1, per: text });
    return (ms) => rule.allow(0) && !rule.allow(ms - 1) && rule.allow(ms);
  },
  retry: (text) => {
    const rule = retryRule({ first: text, most: text, times: 1 });
    return (ms) => rule.pauses[0] === ms;
  },
  session: (text) => {
    const rule = sessionRule({ idle: text, total: 'never' });
    return (ms) => !rule.isOver({ now: ms - 1, started: 0, used: 0 }) && rule.isOver({ now: ms, started: 0, used: 0 });
  },
  total: (text) => {
    const rule = sessionRule({ idle: 'never', total: text });
    return (ms) => !rule.isOver({ now: ms - 1, started: 0, used: 0 }) && rule.isOver({ now: ms, started: 0, used: 0 });
  },
};

describe('every rule takes every form', () => {
  for (const [name, reader] of Object.entries(readers)) {
    test(name, () => {
      for (const [text, ms] of TEXTS) assert.equal(reader(text)(ms), true, `${text} is ${ms} ms`);
    });
  }

  test('and so do both functions', () => {
    for (const [text, ms] of TEXTS) {
      assert.equal(parseDuration(text), ms, text);
      assert.equal(parseTimespan(text), ms / 1000, text);
    }
  });
});

describe('a bare number', () => {
  test('is milliseconds for cache and retry', () => {
    assert.equal(readers.cache('1500')(1500), true);
    assert.equal(readers.grace('20')(20), true);
    assert.equal(readers.retry('20')(20), true);
    assert.equal(parseDuration('20'), 20);
  });

  test('is seconds for limit and session', () => {
    assert.equal(readers.limit('2')(2000), true);
    assert.equal(readers.session('90')(90_000), true);
    assert.equal(readers.total('0,5')(500), true);
    assert.equal(parseTimespan('2.25'), 2.25);
  });

  test('may have decimals everywhere', () => {
    assert.equal(readers.retry('1500.4')(1500), true);
    assert.equal(parseDuration('2,6'), 3);
  });
});

describe('never', () => {
  test('is without end', () => {
    assert.equal(cacheRule({ ttl: 'never' }).state(1e15), 'fresh');
    assert.equal(cacheRule({ ttl: '1s', grace: 'Never' }).state(1e15), 'grace');
    const limit = limitRule({ max: 1, per: 'never' });
    assert.deepEqual([limit.allow(0), limit.allow(1e15)], [true, false]);
    assert.equal(parseDuration('never'), Infinity);
    assert.equal(parseTimespan('never'), Infinity);
  });

  test('is written as never', () => {
    assert.equal(formatDuration(Infinity), 'never');
    assert.equal(formatTimespan(Infinity), 'never');
    assert.equal(cacheRule({ ttl: 'never' }).describe(), 'cache never');
  });

  test('is still refused for retries', () => {
    for (const options of [{ first: 'never', most: '1s' }, { first: '1s', most: 'never' }, { first: '1s', most: ' NEVER ' }]) {
      assert.throws(() => retryRule(options), (error) => error instanceof DurationError);
    }
  });
});

describe('what is no duration', () => {
  const BROKEN = ['', '  ', 'soon', '1 fortnight', '-1s', '1.s', '1..5s', 'h', '1h30', '30 1h', '1h,30m', 'never 1s', '1e3', '1 h and 3 min', 'constructor', '1constructor'];
  for (const [name, reader] of Object.entries({ ...readers, parseDuration, parseTimespan })) {
    test(`is a DurationError: ${name}`, () => {
      for (const text of BROKEN) {
        assert.throws(() => reader(text), (error) => error instanceof DurationError && error.text === text && error.message === `not a duration: ${JSON.stringify(text)}`, JSON.stringify(text));
      }
    });
  }

  test('is told with the name of the rule', () => {
    const options = { cache: { ttl: '5m' }, limit: { max: 1, per: 'x' }, retry: { first: '1s', most: '9s' }, session: { idle: '1 h', total: '1 day' } };
    assert.throws(() => readRules(options), { message: 'limit: not a duration: "x"' });
  });
});

test('a unit that is defined is known everywhere', () => {
  defineUnit('sprint', 1_209_600_000);
  for (const [name, reader] of Object.entries(readers)) {
    assert.equal(reader('2 sprint')(2_419_200_000), true, name);
    assert.equal(reader('1Sprint 1h')(1_213_200_000), true, name);
  }
  assert.equal(parseTimespan('1 sprint'), 1_209_600);
});

test('no unit can be defined twice, of whichever kind it was', () => {
  for (const name of ['m', 'min', 'weeks', 'ms', 'sec', 'never']) assert.throws(() => defineUnit(name, 5), TypeError, name);
  for (const name of ['', 'Sprint', 'a b', '1']) assert.throws(() => defineUnit(name, 5), TypeError, name);
  assert.throws(() => defineUnit('nothing', 0), TypeError);
  assert.equal(parseDuration('1m'), 60_000);
});

test('there is one module for durations', () => {
  const duration = require('../build/duration.js');
  assert.equal(duration.parseDuration, parseDuration);
  assert.equal(duration.formatDuration, formatDuration);
  assert.equal(duration.defineUnit, defineUnit);
  assert.equal(duration.DurationError, DurationError);
  for (const gone of ['../build/util/duration.js', '../build/legacy/timespan.js']) {
    assert.throws(() => require(gone), { code: 'MODULE_NOT_FOUND' });
  }
});

test('descriptions stay as they are', () => {
  const rules = readRules({
    cache: { ttl: '1 h 30 min', grace: '2 sec' },
    limit: { max: 3, per: '1d1h1m' },
    retry: { first: '1 sec', most: '1 min', times: 3 },
    session: { idle: '90s', total: '2 weeks' },
  });
  assert.equal(rules.describe(), 'cache 1h30m and 2s\nlimit 3 in 1 day 1 h\nretry after 1s, 2s, 4s\nsession 1 min 30 sec idle, 14 days in all\n');
  assert.equal(formatTimespan(59.9), '59 sec');
  assert.equal(formatDuration(999.6), '1s');
});
