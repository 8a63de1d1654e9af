'use strict';

const assert = require('node:assert/strict');
const { describe: suite, test } = require('node:test');
const { Agenda, CronError, describe, nextRun, parse } = require('../src/index.js');

function runs(text, after, count) {
  const expression = parse(text);
  const found = [];
  let at = new Date(after);
  for (let i = 0; i < count; i++) {
    at = nextRun(expression, at);
    if (at === null) break;
    found.push(at.toISOString().slice(0, 16));
  }
  return found;
}

suite('at the end of a month', () => {
  test('a February job is not skipped on 31 January', () => {
    assert.deepEqual(runs('15 3 * 2 *', '2023-01-31T12:00:00Z', 1), ['2023-02-01T03:15']);
  });

  test('months of 30 days are not skipped', () => {
    assert.deepEqual(runs('0 9 1 6,11 *', '2024-05-31T23:00:00Z', 2), ['2024-06-01T09:00', '2024-11-01T09:00']);
    assert.deepEqual(runs('0 9 2 9 *', '2024-08-31T00:00:00Z', 1), ['2024-09-02T09:00']);
  });

  test('29 and 30 January are ends of a month, too', () => {
    assert.deepEqual(runs('0 0 28 feb *', '2023-01-29T00:00:00Z', 1), ['2023-02-28T00:00']);
    assert.deepEqual(runs('0 0 28 feb *', '2024-01-30T00:00:00Z', 1), ['2024-02-28T00:00']);
  });

  test('December is followed by January', () => {
    assert.deepEqual(runs('5 0 * 1 *', '2023-12-31T23:59:00Z', 1), ['2024-01-01T00:05']);
  });

  test('the 31st goes from one long month to the next', () => {
    assert.deepEqual(runs('0 0 31 * *', '2024-01-31T10:00:00Z', 3), [
      '2024-03-31T00:00',
      '2024-05-31T00:00',
      '2024-07-31T00:00',
    ]);
  });
});

suite('day of month and day of week', () => {
  test('either of the two is enough where both are restricted', () => {
    assert.deepEqual(runs('0 6 10,20 * 3', '2024-04-01T00:00:00Z', 6), [
      '2024-04-03T06:00',
      '2024-04-10T06:00',
      '2024-04-17T06:00',
      '2024-04-20T06:00',
      '2024-04-24T06:00',
      '2024-05-01T06:00',
    ]);
  });

  test('one that is restricted decides alone', () => {
    assert.deepEqual(runs('0 6 10 * *', '2024-04-01T00:00:00Z', 2), ['2024-04-10T06:00', '2024-05-10T06:00']);
    assert.deepEqual(runs('0 6 * * 3', '2024-04-01T00:00:00Z', 2), ['2024-04-03T06:00', '2024-04-10T06:00']);
  });

  test('a step over all days counts as unrestricted', () => {
    assert.deepEqual(runs('0 6 */10 * 3', '2024-04-01T07:00:00Z', 2), ['2024-05-01T06:00', '2024-07-31T06:00']);
    assert.deepEqual(runs('0 0 13 * */2', '2024-05-01T00:00:00Z', 2), ['2024-06-13T00:00', '2024-07-13T00:00']);
  });

  test('the month is needed all the same', () => {
    assert.deepEqual(runs('0 0 1 3 1', '2024-03-20T00:00:00Z', 2), ['2024-03-25T00:00', '2025-03-01T00:00']);
  });

  test('a day that no month has does not hinder the day of week', () => {
    assert.deepEqual(runs('0 0 30 2 6', '2024-02-20T00:00:00Z', 2), ['2024-02-24T00:00', '2025-02-01T00:00']);
  });
});

suite('Sunday as 7', () => {
  test('ends a range', () => {
    assert.deepEqual(runs('0 0 * * 6-7', '2024-05-03T00:00:00Z', 3), [
      '2024-05-04T00:00',
      '2024-05-05T00:00',
      '2024-05-11T00:00',
    ]);
    assert.equal(describe(parse('* * * * 5-7')), 'dayOfWeek=sun,fri,sat');
  });

  test('is counted once beside 0', () => {
    assert.deepEqual(parse('* * * * 0,7').dayOfWeek.values, [0]);
    assert.deepEqual(parse('* * * * 0-7').dayOfWeek.values, [0, 1, 2, 3, 4, 5, 6]);
  });

  test('takes part in steps of a range', () => {
    assert.deepEqual(parse('* * * * 1-7/3').dayOfWeek.values, [0, 1, 4]);
  });

  test('alone is a Sunday', () => {
    assert.deepEqual(parse('* * * * 7').dayOfWeek.values, [0]);
  });

  test('a range that goes backwards is refused', () => {
    assert.throws(() => parse('* * * * 6-2'), (error) => error instanceof CronError && /dayOfWeek/.test(error.message));
    assert.throws(() => parse('* * * * 7-2'), /dayOfWeek/);
  });
});

suite('a value with a step', () => {
  test('goes on to the end of the field', () => {
    assert.deepEqual(parse('7/20 * * * *').minute.values, [7, 27, 47]);
    assert.deepEqual(parse('* 5/6 * * *').hour.values, [5, 11, 17, 23]);
    assert.deepEqual(parse('* * * oct/1 *').month.values, [10, 11, 12]);
  });

  test('ends with Saturday for days of the week', () => {
    assert.deepEqual(parse('* * * * 1/2').dayOfWeek.values, [1, 3, 5]);
  });

  test('without a step it is the value alone', () => {
    assert.deepEqual(parse('7 * * * *').minute.values, [7]);
  });
});

suite('leap days', () => {
  test('are found across a century that has none', () => {
    assert.deepEqual(runs('0 0 29 2 *', '2096-03-01T00:00:00Z', 1), ['2104-02-29T00:00']);
  });

  test('are found in a century that has one', () => {
    assert.deepEqual(runs('0 0 29 2 *', '1996-03-01T00:00:00Z', 1), ['2000-02-29T00:00']);
  });

  test('impossible days are still null', () => {
    assert.deepEqual(runs('0 0 31 4,6,9,11 *', '2024-01-01T00:00:00Z', 1), []);
  });
});

test('an agenda with a job that ends a month', () => {
  const agenda = new Agenda().add('close', '0 1 1 2 *').add('audit', '0 1 1 * 1');
  const due = agenda.upcoming(new Date('2023-01-31T00:00:00Z'), 3);
  assert.deepEqual(due.map(({ name, at }) => `${name} ${at.toISOString().slice(0, 10)}`), [
    'audit 2023-02-01',
    'close 2023-02-01',
    'audit 2023-02-06',
  ]);
});
