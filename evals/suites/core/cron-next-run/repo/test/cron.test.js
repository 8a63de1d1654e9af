'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Agenda, CronError, describe, nextRun, parse } = require('../src/index.js');

function next(text, after) {
  const run = nextRun(parse(text), new Date(after));
  return run === null ? null : run.toISOString().slice(0, 16);
}

test('the next run is later than the time given', () => {
  assert.equal(next('* * * * *', '2024-05-03T07:00:00Z'), '2024-05-03T07:01');
  assert.equal(next('* * * * *', '2024-05-03T07:00:59.999Z'), '2024-05-03T07:01');
});

test('hours and minutes', () => {
  assert.equal(next('30 6 * * *', '2024-05-03T06:29:00Z'), '2024-05-03T06:30');
  assert.equal(next('30 6 * * *', '2024-05-03T06:30:00Z'), '2024-05-04T06:30');
  assert.equal(next('*/20 8-10 * * *', '2024-05-03T10:45:00Z'), '2024-05-04T08:00');
});

test('weekdays', () => {
  assert.equal(next('30 6 * * 1-5', '2024-05-03T07:00:00Z'), '2024-05-06T06:30');
  assert.equal(next('0 0 * * sun', '2024-05-03T07:00:00Z'), '2024-05-05T00:00');
  assert.equal(next('0 0 * * 7', '2024-05-03T07:00:00Z'), '2024-05-05T00:00');
});

test('months', () => {
  assert.equal(next('0 0 1 jan *', '2024-05-03T07:00:00Z'), '2025-01-01T00:00');
  assert.equal(next('0 0 29 2 *', '2021-01-01T00:00:00Z'), '2024-02-29T00:00');
});

test('a day that no month has is never due', () => {
  assert.equal(next('0 0 30 2 *', '2024-01-01T00:00:00Z'), null);
});

test('what is wrong names the field', () => {
  assert.throws(() => parse('60 * * * *'), (error) => error instanceof CronError && /minute/.test(error.message));
  assert.throws(() => parse('* * * * 9'), /dayOfWeek/);
  assert.throws(() => parse('* 5-3 * * *'), /hour/);
  assert.throws(() => parse('* * *'), /fields/);
  assert.throws(() => parse('@never'), /macro/);
});

test('describe tells what is restricted', () => {
  assert.equal(describe(parse('0 12 * feb 1,3')), 'minute=0 hour=12 month=feb dayOfWeek=mon,wed');
  assert.equal(describe(parse('* * * * *')), 'every minute');
});

test('the agenda merges its entries', () => {
  const agenda = new Agenda().add('tea', '0 16 * * *').add('coffee', '0 8,16 * * *');
  const runs = agenda.upcoming(new Date('2024-05-03T07:00:00Z'), 3);
  assert.deepEqual(runs.map(({ name, at }) => `${name} ${at.toISOString().slice(0, 16)}`), [
    'coffee 2024-05-03T08:00',
    'coffee 2024-05-03T16:00',
    'tea 2024-05-03T16:00',
  ]);
});
