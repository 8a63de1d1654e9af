import { expect, test } from 'vitest';
import { factLineIn, subjectOf } from './facts.ts';
import { createCounter } from './tokens.ts';
import { WORKLOADS, workloadOf } from './workload.ts';

test.each(WORKLOADS)('workload %s is the same for the same seed, and another for another', (name) => {
  expect(workloadOf(name, 3, 32_000)).toEqual(workloadOf(name, 3, 32_000));
  expect(workloadOf(name, 3, 32_000).facts).not.toEqual(workloadOf(name, 4, 32_000).facts);
});

test.each(WORKLOADS)('each finding of workload %s stands in exactly one file, once, and in no prompt', (name) => {
  const { facts, files, prompts } = workloadOf(name, 1, 32_000);
  const findings = facts.filter(({ kind }) => kind === 'file' || kind === 'command');
  const all = files.map(({ text }) => text).join('\n');
  for (const { line } of findings) {
    expect(all.split(line)).toHaveLength(2);
    expect(prompts.join('\n')).not.toContain(line);
  }
  expect(findings).toHaveLength(files.length);
});

test.each(WORKLOADS)(
  'every fact of workload %s is a line that JSON does not change and the model knows as one',
  (name) => {
    for (const { line } of workloadOf(name, 2, 16_000).facts) {
      expect(JSON.stringify(line)).toBe(`"${line}"`);
      expect(factLineIn(`- ${line}`)).toBe(line);
    }
  },
);

test('the files of workload A have about 120,000 tokens, and a fact some 45', () => {
  const counter = createCounter();
  const { files, facts } = workloadOf('A', 1, 32_000);
  const tokens = files.reduce((sum, { text }) => sum + counter.count(text), 0);
  const findings = facts.filter(({ kind }) => kind === 'file').map(({ line }) => counter.count(line));
  counter.free();
  expect(tokens).toBeGreaterThan(115_000);
  expect(tokens).toBeLessThan(125_000);
  expect(Math.min(...findings)).toBeGreaterThan(38);
  expect(Math.max(...findings)).toBeLessThan(56);
});

test('later prompts of workload B correct four constraints, each form about the same thing as the one before', () => {
  const { facts, prompts } = workloadOf('B', 1, 32_000);
  const corrections = facts.filter(({ kind }) => kind === 'correction');
  expect(corrections).toHaveLength(4);
  for (const { line, replaces } of corrections) {
    const older = facts.find(({ id }) => id === replaces);
    expect(subjectOf(older?.line ?? '')).toBe(subjectOf(line));
    const promptOf = (text: string) => prompts.findIndex((prompt) => prompt.includes(text));
    expect(promptOf(older?.line ?? '')).toBeLessThan(promptOf(line));
    expect(older?.line.split(' is named')[0]?.split(': ')[1]).toBe(line.split(' is named')[0]?.split(': ')[1]);
  }
});

test('files of workload B grow with the window', () => {
  const bytes = (window: number) =>
    workloadOf('B', 1, window).files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  expect(bytes(32_000)).toBeGreaterThan(1.5 * bytes(16_000));
  expect(bytes(128_000)).toBeGreaterThan(2.5 * bytes(32_000));
});
