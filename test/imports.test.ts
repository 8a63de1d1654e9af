import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const biome = join(root, 'node_modules/.bin/biome');
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** Checks a project of these files under our own rules, and returns what the check says: '' where all is well. */
async function check(files: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-imports-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const rules = ['--only=style/noRestrictedImports', '--only=suspicious/noImportCycles'];
  return promisify(execFile)(biome, ['lint', ...rules], { cwd: folder }).then(
    () => '',
    (failure: { stderr: string; stdout: string }) => failure.stdout + failure.stderr,
  );
}

const value = 'export const value = 1;\n';
const imports = (path: string) => `import { value } from '${path}';\nexport const other = value;\n`;

it('accepts an import along an arrow, through the index', async () => {
  const said = await check({
    'models/index.ts': value,
    'session/log.ts': imports('../models/index.ts'),
    'cli/commands/run.ts': imports('../../models/index.ts'),
    'models/adapters/one.ts': imports('../shared.ts'),
    'models/shared.ts': value,
  });
  expect(said).toBe('');
});

it('accepts any import in a test', async () => {
  expect(await check({ 'models/one.test.ts': imports('../cli/deep.ts'), 'cli/deep.ts': value })).toBe('');
});

it.each([
  ['against an arrow', imports('../agent/index.ts')],
  ['against an arrow, of types only', "import type { Value } from '../agent/index.ts';\nexport type Other = Value;\n"],
  ['against an arrow, at run time', "export const other = () => import('../agent/index.ts');\n"],
  ['against an arrow, as a re-export', "export * from '../agent/index.ts';\n"],
  ['of the tests', imports('../test/double.ts')],
])('refuses an import %s', async (_what, text) => {
  const target = `${value}export type Value = 1;\n`;
  const said = await check({ 'models/one.ts': text, 'agent/index.ts': target, 'test/double.ts': target });
  expect(said).toContain('models/one.ts');
  expect(said).toContain('models/ may not import this folder');
});

it('refuses an import against an arrow from a folder further down', async () => {
  const said = await check({ 'sandbox/docker/one.ts': imports('../../cli/index.ts'), 'cli/index.ts': value });
  expect(said).toContain('sandbox/ may not import this folder');
});

it('refuses an import of tools or the agent in compaction', async () => {
  const files = { 'compaction/one.ts': imports('../tools/index.ts'), 'tools/index.ts': value };
  expect(await check(files)).toContain('compaction/ may not import this folder');
});

it('refuses an import past the index of a folder that may be imported', async () => {
  const said = await check({ 'session/log.ts': imports('../models/inner.ts'), 'models/inner.ts': value });
  expect(said).toContain('through its index.ts only');
});

it.each([
  [
    'values',
    "import { b } from './b.ts';\nexport const a = () => b;\n",
    "import { a } from './a.ts';\nexport const b = () => a;\n",
  ],
  [
    'types',
    "import type { B } from './b.ts';\nexport type A = B | 1;\n",
    "import type { A } from './a.ts';\nexport type B = A[];\n",
  ],
])('refuses a cycle of %s', async (_what, a, b) => {
  expect(await check({ 'models/a.ts': a, 'models/b.ts': b })).toContain('noImportCycles');
});
