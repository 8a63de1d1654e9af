import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jest, mocha, vitest } from './javascript.ts';
import { judge } from './judge.ts';
import type { Runner } from './runner.ts';

const ROOT = join(import.meta.dirname, '../..');
let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'runner-'));
});
afterEach(() => rmSync(workspace, { recursive: true, force: true }));

/** Runs a runner's call where its program is installed. */
function callIn(runner: Runner, files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
  const folder = join(workspace, '.harness');
  const [call] = runner.calls(
    Object.keys(files).filter((path) => path.includes('.test.')),
    { folder, workspace, nonce: 'n0nce' },
  );
  if (call === undefined) throw new Error('no call');
  for (const { path, text } of call.files) {
    mkdirSync(dirname(resolve(workspace, path)), { recursive: true });
    writeFileSync(resolve(workspace, path), text);
  }
  const env = { PATH: process.env.PATH, HOME: workspace };
  const { status } = spawnSync('bash', ['-c', call.command], { cwd: workspace, env });
  const report = readFileSync(call.report ?? '', 'utf8');
  return {
    reports: call.parse(report, status),
    canaries: call.canaries,
    end: { reason: 'exited' as const, exitCode: status },
  };
}

const SUITE = `import { describe, expect, it } from 'vitest';
import { sum } from '../sum.js';
describe('sum', () => {
  it('adds', () => expect(sum(2, 2)).toBe(4));
  it.skip('is not asked', () => {});
});
`;
const EXPECTED = { failToPass: ['test/sum.test.js > sum > adds'], passToPass: [] };

describe('vitest', () => {
  beforeEach(() => symlinkSync(join(ROOT, 'node_modules'), join(workspace, 'node_modules')));

  it('is run with canaries, and its report names tests by file and titles', () => {
    const files = {
      'package.json': '{"type":"module"}',
      'sum.js': 'export const sum = (a, b) => a + b;\n',
      'test/sum.test.js': SUITE,
    };
    const call = callIn(vitest, files);
    expect(judge([call], EXPECTED, null)).toMatchObject({ outcome: 'resolved' });
    expect(call.reports).toContainEqual({ name: 'test/sum.test.js > sum > is not asked', status: 'skipped' });
  });

  it('is not fooled by a module that ends the process with 0', () => {
    const files = { 'package.json': '{"type":"module"}', 'sum.js': 'process.exit(0);\n', 'test/sum.test.js': SUITE };
    expect(judge([callIn(vitest, files)], EXPECTED, true)).toMatchObject({ outcome: 'unresolved' });
  });
});

it('names the canary as the tests are named, so that what chooses tests by their names takes it', () => {
  for (const runner of [vitest, jest, mocha]) {
    const [call] = runner.calls(['spec/a.spec.tsx', 'b.test.js'], { folder: '/h', workspace: '/w', nonce: 'n0nce' });
    expect(call?.files[0]?.path).toBe('spec/canary-n0nce.spec.tsx');
    expect(call?.command).toContain('spec/canary-n0nce.spec.tsx');
  }
});

it('quotes names of files for the shell', () => {
  const [call] = jest.calls(["a'; touch x; '.test.js"], { folder: '/h', workspace: '/w', nonce: 'n0nce' });
  const printed = execFileSync('bash', [
    '-c',
    `jest() { printf '%s\\n' "$@"; }; ${call?.command.replace(/^PATH=\S+/, '')}`,
  ]).toString();
  expect(printed.split('\n')).toContain("a'; touch x; '.test.js");
});
