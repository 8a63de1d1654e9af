/**
 * Each folder of `fixtures/` is one case, run by the real tool in a real sandbox: the files `before/`; `prepare.sh`, which
 * makes what git does not hold; `patch.txt` for `apply_patch` or `edit.json` for `edit`; and then the files `after/` (with
 * the tool's words in `output.txt`, where they say more than usual), or the exact text of the refusal in `error.txt`,
 * with every file as it was.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeToolContext, type TestContext, textOf } from '../../test/tool-context.ts';
import { applyPatch } from '../apply-patch.ts';
import { edit } from '../edit.ts';
import { createToolState } from '../result.ts';
import type { ToolContext } from '../tool.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
/** Whom the sandbox works as where a fixture is prepared and this is root, for whom no file is read-only. */
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534, home: '/' };

/** One for all fixtures, and one for those that are prepared; each fixture has a folder of its own in it. */
let plain: TestContext;
let prepared: TestContext;
beforeAll(async () => {
  plain = await makeToolContext();
  prepared = await makeToolContext({}, process.getuid?.() === 0 ? NOBODY : null);
});
afterAll(async () => {
  // So that one who is not root can remove it.
  execFileSync('chmod', ['-R', 'u+rwX', prepared.context.cwd]);
  await plain.close();
  await prepared.close();
});

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
    else if (readdirSync(path).every((child) => child === '.empty')) tree[name] = 'empty folder';
  }
  return tree;
}

/** Makes the fixture's folder and the context for it. */
function makeContext(name: string): ToolContext {
  const fixture = join(FIXTURES, name);
  const script = join(fixture, 'prepare.sh');
  const shared = existsSync(script) ? prepared : plain;
  const cwd = join(shared.context.cwd, name);
  mkdirSync(cwd);
  const before = join(fixture, 'before');
  if (existsSync(before)) cpSync(before, cwd, { recursive: true, verbatimSymlinks: true });
  rmSync(join(cwd, '.empty'), { force: true });
  if (existsSync(script)) {
    const identity = process.getuid?.() === 0 ? { uid: NOBODY.uid, gid: NOBODY.gid } : {};
    if (identity.uid !== undefined) execFileSync('chown', ['-Rh', `${identity.uid}:${identity.gid}`, cwd]);
    execFileSync('sh', ['-eu'], { cwd, input: readFileSync(script), ...identity });
  }
  return { ...shared.context, cwd, state: createToolState() };
}

async function runTool(fixture: string, context: ToolContext): Promise<{ isError: boolean; text: string }> {
  const edits = join(fixture, 'edit.json');
  const result = existsSync(edits)
    ? await edit.run(edit.input.parse(JSON.parse(readFileSync(edits, 'utf8'))), context)
    : await applyPatch.run({ input: readFileSync(join(fixture, 'patch.txt'), 'utf8') }, context);
  return { isError: result.isError, text: `${textOf(result).replaceAll(context.cwd, 'ROOT')}\n` };
}

describe('patch fixtures', () => {
  const names = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(names.map(({ name }) => name))('%s', async (name) => {
    const fixture = join(FIXTURES, name);
    const context = makeContext(name);
    const before = readTree(context.cwd);
    const { isError, text } = await runTool(fixture, context);
    if (isError) {
      expect(existsSync(join(fixture, 'after')), `no refusal is expected: ${text}`).toBe(false);
      await expect(text).toMatchFileSnapshot(join(fixture, 'error.txt'));
      expect(readTree(context.cwd)).toEqual(before);
    } else {
      expect(existsSync(join(fixture, 'error.txt')), `a refusal is expected, not: ${text}`).toBe(false);
      expect(readTree(context.cwd)).toEqual(readTree(join(fixture, 'after')));
      const output = join(fixture, 'output.txt');
      if (text.includes('was found') || existsSync(output)) await expect(text).toMatchFileSnapshot(output);
    }
  });
});
