import { expect, test } from 'vitest';
import { decaySvg } from './decay-svg.ts';
import type { Measures } from './measure.ts';
import { type Cell, decayLine, decayTable, kindTable, mainTable } from './report.ts';

const measures = (inView: number, decay: number[]): Measures => ({
  finished: inView > 0,
  exitCode: inView > 0 ? 0 : 5,
  message: '',
  answer: '',
  compactions: decay.length,
  facts: 80,
  inView,
  reachable: 80,
  meanInView: 0.5,
  written: inView,
  byKind: { file: { facts: 80, inView, reachable: 80 } },
  constraints: 5,
  constraintsIntact: 5,
  repeatedSteps: 0,
  requests: 90,
  refused: 0,
  summaries: 1,
  recalls: 0,
  inputTokens: 1_200_000,
  recallTokens: 0,
  outputTokens: 1000,
  prefixReuse: 0.9,
  costUsd: 1,
  decay,
});
const cell = (...runs: Measures[]): Cell => ({ workload: 'A', window: 32_000, strategy: 'summary', runs });

test('a row has the mean, and the range only where the seeds differ', () => {
  const { head, rows } = mainTable([cell(measures(30, []), measures(40, []))]);
  expect(rows[0]?.[head.indexOf('facts in view')]).toBe('35 (30–40) of 80');
  expect(rows[0]?.[head.indexOf('reachable')]).toBe('80');
});

test('runs that did not end are told, with their exit code', () => {
  const { head, rows } = mainTable([cell(measures(30, []), measures(0, []))]);
  expect(rows[0]?.[head.indexOf('ended')]).toBe('1 of 2, else exit 5');
});

test('kinds are shares over all seeds, and a dash where a workload has none', () => {
  const { head, rows } = kindTable([cell(measures(20, []), measures(60, []))]);
  expect(rows[0]?.[head.indexOf('files')]).toBe('50 / 100 %');
  expect(rows[0]?.[head.indexOf('commands')]).toBe('-');
});

test('a decay is the mean of the seeds that had so many compactions', () => {
  const line = decayLine(cell(measures(1, [1, 0.5]), measures(1, [0.5])));
  expect(line.shares).toEqual([0.75, 0.5]);
  expect(decayTable([line, { name: 'none', shares: [] }]).rows).toEqual([
    ['summary', '75 %', '50 %'],
    ['none', '-', '-'],
  ]);
});

test('the curve has a point for each compaction, higher where more is kept', () => {
  const svg = decaySvg('Kept & lost', [{ name: 'summary', shares: [1, 0.5, 0.25] }]);
  const heights = [...svg.matchAll(/<circle cx="[\d.]+" cy="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(heights).toHaveLength(3);
  expect(heights).toEqual(heights.toSorted((a, b) => a - b));
  expect(svg).toContain('Kept &amp; lost');
});
