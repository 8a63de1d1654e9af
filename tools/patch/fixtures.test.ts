/**
 * Each folder of `fixtures/` is one case, run by the real tool in a real sandbox: the files `before/`; `prepare.sh`, which
 * makes what git does not hold; `patch.txt` for `apply_patch` or `edit.json` for `edit`; and then the files `after/` (with
 * the tool's words in `output.txt`, where they say more than usual), or the exact text of the refusal in `error.txt`,
 * with every file as it was.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeToolContext, type TestContext, textOf } from '../../test/tool-context.ts';
import { applyPatch } from '../apply-patch.ts';
import { edit } from '../edit.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
/** Whom the sandbox works as where a fixture is prepared and this is root, for whom no file is read-only. */
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534, home: '/' };

let test: TestContext;
afterEach(() => test.close());

/** What is in a folder, by path: the bytes of files and whether they can be run, where links lead, empty folders. */
function readTree(folder: string): Record<string, string> {
  if (!existsSync(folder)) return {};
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    // `.empty` only keeps an empty folder in git.
    if (entry.name === '.empty') continue;
    const name = relative(folder, path);
    const mode = lstatSync(path).mode & 0o100 ? 'program' : 'file';
    if (entry.isSymbolicLink()) tree[name] = `link to ${readlinkSync(path)}`;
    else if (entry.isFile()) tree[name] = `${mode} ${readFileSync(path, 'latin1')}`;
    else if (!entry.isDirectory()) tree[name] = 'other';
    else if (readdirSync(path).length === 0) tree[name] = 'empty folder';
  }
  return tree;
}

async function makeContext(fixture: string): Promise<TestContext> {
  const script = join(fixture, 'prepare.sh');
  const user = existsSync(script) && process.getuid?.() === 0 ? NOBODY : null;
  const context = await makeToolContext({}, user);
  const root = context.context.cwd;
  const before = join(fixture, 'before');
  if (existsSync(before)) cpSync(before, root, { recursive: true, verbatimSymlinks: true });
  rmSync(join(root, '.empty'), { force: true });
  if (user) execFileSync('chown', ['-Rh', `${user.uid}:${user.gid}`, root]);
  const identity = user ? { uid: user.uid, gid: user.gid } : {};
  if (existsSync(script)) execFileSync('sh', ['-eu'], { cwd: root, input: readFileSync(script), ...identity });
  return context;
}

async function runTool(fixture: string): Promise<{ isError: boolean; text: string }> {
  const edits = join(fixture, 'edit.json');
  const result = existsSync(edits)
    ? await edit.run(edit.input.parse(JSON.parse(readFileSync(edits, 'utf8'))), test.context)
    : await applyPatch.run({ input: readFileSync(join(fixture, 'patch.txt'), 'utf8') }, test.context);
  return { isError: result.isError, text: `${textOf(result).replaceAll(test.context.cwd, 'ROOT')}\n` };
}

describe('patch fixtures', () => {
  const names = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(names.map(({ name }) => name))('%s', async (name) => {
    const fixture = join(FIXTURES, name);
    test = await makeContext(fixture);
    const { cwd: root } = test.context;
    const prepared = readTree(root);
    const { isError, text } = await runTool(fixture);
    if (isError) {
      await expect(text).toMatchFileSnapshot(join(fixture, 'error.txt'));
      expect(readTree(root)).toEqual(prepared);
    } else {
      expect(existsSync(join(fixture, 'error.txt')), `a refusal is expected, not: ${text}`).toBe(false);
      expect(readTree(root)).toEqual(readTree(join(fixture, 'after')));
      const output = join(fixture, 'output.txt');
      if (text.includes('was found') || existsSync(output)) await expect(text).toMatchFileSnapshot(output);
    }
  });
});
