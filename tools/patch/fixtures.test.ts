/**
 * Each folder of `fixtures/` is one case: the files `before/`, `patch.txt`, and either the files `after/` or the exact
 * text of the refusal in `error.txt`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePatch } from './parse.ts';
import { planPatch } from './plan.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** The files of a folder by their path in it. `.empty` only keeps an empty folder in git. */
function readTree(folder: string): Map<string, string> {
  if (!existsSync(folder)) return new Map();
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.empty')
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.sort().map((path) => [relative(folder, path), readFileSync(path, 'utf8')]));
}

function applyTo(files: Map<string, string>, patch: string): { files: Map<string, string> } | { error: string } {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return { error: parsed.error };
  const plan = planPatch(parsed.changes, files);
  if (!plan.ok) return { error: plan.problems.map(({ path, message }) => `${path}: ${message}`).join('\n') };
  const result = new Map(files);
  for (const operation of plan.operations) {
    if (operation.kind === 'write') result.set(operation.path, operation.text);
    if (operation.kind === 'delete') result.delete(operation.path);
    if (operation.kind === 'move') {
      result.delete(operation.from);
      result.set(operation.to, operation.text);
    }
  }
  return { files: result };
}

describe('patch fixtures', () => {
  const names = readdirSync(FIXTURES).filter((name) => statSync(join(FIXTURES, name)).isDirectory());

  it.each(names)('%s', async (name) => {
    const folder = join(FIXTURES, name);
    const result = applyTo(readTree(join(folder, 'before')), readFileSync(join(folder, 'patch.txt'), 'utf8'));
    if ('error' in result) {
      await expect(`${result.error}\n`).toMatchFileSnapshot(join(folder, 'error.txt'));
    } else {
      expect(existsSync(join(folder, 'error.txt')), 'a refusal is expected').toBe(false);
      expect([...result.files].sort()).toEqual([...readTree(join(folder, 'after'))]);
    }
  });
});
