const assert = require('node:assert/strict');
const { test } = require('node:test');
const warden = require('../build/index.js');

const { cacheRule, formatDuration, formatTimespan, limitRule, parseDuration, parseTimespan, readRules, retryRule, sessionRule } = warden;

test('durations', () => {
  for (const [text, ms] of [['1h30m', 5_400_000], ['1.5s', 1500], ['250ms', 250], ['2d', 172_800_000], ['90', 90]]) assert.equal(parseDuration(text), ms, text);
  for (const [ms, text] of [[5_400_000, '1h30m'], [0, '0ms'], [90_061_001, '1d1h1m1s1ms']]) assert.equal(formatDuration(ms), text);
});

test('time spans', () => {
  for (const [text, seconds] of [['1 h 30 min', 5400], ['1,5 Hours', 5400], ['2 weeks', 1_209_600], ['45', 45], ['0.5', 0.5], ['never', Infinity]]) {
    assert.equal(parseTimespan(text), seconds, text);
  }
  for (const [seconds, text] of [[5400, '1 h 30 min'], [0, '0 sec'], [172_800, '2 days'], [90_061, '1 day 1 h'], [Infinity, 'never']]) {
    assert.equal(formatTimespan(seconds), text);
  }
});

test('a cache', () => {
  const rule = cacheRule({ ttl: '5m', grace: '30s' });
  assert.deepEqual([299_999, 300_000, 330_000].map((age) => rule.state(age)), ['fresh', 'grace', 'old']);
  assert.equal(rule.describe(), 'cache 5m and 30s');
  assert.equal(cacheRule({ ttl: '1500' }).describe(), 'cache 1s500ms');
});

test('a limit', () => {
  const rule = limitRule({ max: 2, per: '1 min' });
  assert.deepEqual([0, 10, 20, 60_000, 60_001].map((now) => rule.allow(now)), [true, true, false, true, false]);
  assert.equal(limitRule({ max: 2, per: '90' }).describe(), 'limit 2 in 1 min 30 sec');
});

test('retries', () => {
  const rule = retryRule({ first: '100ms', most: '0.5s' });
  assert.deepEqual(rule.pauses, [100, 200, 400, 500, 500]);
  assert.equal(rule.describe(), 'retry after 100ms, 200ms, 400ms, 500ms, 500ms');
});

test('sessions', () => {
  const rule = sessionRule({ idle: '30 min', total: 'never' });
  assert.equal(rule.isOver({ now: 1_799_999, started: 0, used: 0 }), false);
  assert.equal(rule.isOver({ now: 1_800_000, started: 0, used: 0 }), true);
  assert.equal(rule.describe(), 'session 30 min idle, never in all');
});

test('errors name the rule', () => {
  const options = { cache: { ttl: '5m' }, limit: { max: 1, per: '1 min' }, retry: { first: '1s', most: '9s' }, session: { idle: '1 h', total: '1 day' } };
  assert.equal(readRules(options).describe(), 'cache 5m\nlimit 1 in 1 min\nretry after 1s, 2s, 4s, 8s, 9s\nsession 1 h idle, 1 day in all\n');
  assert.throws(() => readRules({ ...options, retry: { first: 'soon', most: '9s' } }), /^Error: retry: .*soon/);
  assert.throws(() => readRules({ ...options, session: { idle: 'long', total: '1 day' } }), /^Error: session: .*long/);
});
