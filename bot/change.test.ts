import { describe, expect, it } from 'vitest';
import { type ChangeEntry, checkChange, noteChange } from './change.ts';
import { botConfigSchema } from './config.ts';

const DEFAULTS = botConfigSchema.parse({});
const entry = (path: string, more: Partial<ChangeEntry> = {}): ChangeEntry => ({
  path,
  status: 'A',
  oldMode: '000000',
  newMode: '100644',
  bytes: 10,
  binary: false,
  linesAdded: 1,
  linesRemoved: 0,
  target: null,
  ...more,
});
const allowances = (entries: ChangeEntry[], config: object = {}) =>
  checkChange(entries, botConfigSchema.parse(config)).map(({ allowance }) => allowance);

it('ordinary files pass, also with names of other languages', () => {
  const paths = [
    'src/a.ts',
    'docs/über.md',
    '日本語/ファイル.txt',
    'a b.txt',
    'github/workflows/x.yml',
    'console.ts',
    'a~1b.txt',
    '.gitignore',
    '.github/ISSUE_TEMPLATE/bug.md',
  ];
  expect(
    checkChange(
      paths.map((path) => entry(path)),
      DEFAULTS,
    ),
  ).toEqual([]);
});

describe('a path that is more than a file', () => {
  it.each([
    ['.github/workflows/ci.yml', 'allow.workflows'],
    ['.GitHub/Workflows/CI.yml', 'allow.workflows'],
    ['.gıthub/workflows/ci.yml', 'allow.workflows'],
    ['.github/workﬂows/ci.yml', 'allow.workflows'],
    ['.github/actions/x/action.yml', 'allow.workflows'],
    ['.github/dependabot.yaml', 'allow.workflows'],
    ['.gitlab-ci.yml', 'allow.workflows'],
    ['.circleci/config.yml', 'allow.workflows'],
    ['azure-pipelines.yml', 'allow.workflows'],
    ['Jenkinsfile', 'allow.workflows'],
    ['CODEOWNERS', 'allow.codeowners'],
    ['.github/CODEOWNERS', 'allow.codeowners'],
    ['docs/codeowners', 'allow.codeowners'],
    ['.drydock/bot.yaml', 'allow.instructions'],
    ['AGENTS.md', 'allow.instructions'],
    ['packages/a/CLAUDE.md', 'allow.instructions'],
    ['GEMINI.md', 'allow.instructions'],
    ['.cursor/rules/x.mdc', 'allow.instructions'],
    ['.github/copilot-instructions.md', 'allow.instructions'],
    ['.gitattributes', 'allow.paths'],
    ['src/.gitattributes', 'allow.paths'],
    ['.husky/pre-commit', 'allow.paths'],
    ['.envrc', 'allow.paths'],
    ['.gitmodules', null],
    ['.GITMODULES', null],
  ])('%s is refused, new, changed or taken away: %s', (path, allowance) => {
    for (const status of ['A', 'M', 'D', 'T'] as const)
      expect(allowances([entry(path, { status })])).toEqual([allowance]);
    if (allowance === null) {
      expect(allowances([entry(path)], { allow: { paths: ['**'] } })).toEqual([null]);
    } else {
      expect(allowances([entry(path)], { allow: { paths: [path] } })).toEqual([]);
      const [, name = ''] = allowance.split('.');
      if (name !== 'paths') expect(allowances([entry(path)], { allow: { [name]: true } })).toEqual([]);
    }
  });

  it('is allowed by a glob that fits all of it, and by no other', () => {
    const path = '.github/workflows/docs.yml';
    const of = (glob: string) => allowances([entry(path)], { allow: { paths: [glob] } });
    expect(['.github/workflows/docs.yml', '.github/**', '.github/*/docs.*'].map(of)).toEqual([[], [], []]);
    for (const glob of ['.github/*', '.github', 'docs.yml', '*', '.GitHub/**'])
      expect(of(glob)).toEqual(['allow.workflows']);
  });
});

describe('a new name that is not what it seems', () => {
  it.each([
    ['a\nb', null],
    ['a\u001b[31mb', null],
    ['cod\u202egnp.exe', null],
    ['zero\u200bwidth', null],
    ['tag\u{e0041}', null],
    ['bad\ufffdbytes', null],
    ['.git./config', null],
    ['.GIT/config', null],
    ['.git::$INDEX_ALLOCATION/config', null],
    ['git~1/config', null],
    ['.g\u200cit/config', null],
    [`${'a/'.repeat(2100)}b`, null],
    ['x'.repeat(256), null],
    ['a\\b', 'allow.paths'],
    ['a:b', 'allow.paths'],
    ['dir /x', 'allow.paths'],
    ['dir./x', 'allow.paths'],
    ['src/aux.c', 'allow.paths'],
    ['NUL', 'allow.paths'],
    ['COM1.txt', 'allow.paths'],
    ['GITHUB~1/x', 'allow.paths'],
  ])('%j is refused: %s', (path, allowance) => {
    expect(allowances([entry(path)])).toEqual([allowance]);
    expect(allowances([entry(path)], { allow: { paths: ['**'] } })).toEqual(allowance === null ? [null] : []);
  });

  it('is no matter where it is there already', () => {
    expect(allowances([entry('src/aux.c', { status: 'M' }), entry('cod\u202egnp', { status: 'D' })])).toEqual([]);
  });

  it('does not hide what it is', () => {
    expect(allowances([entry('.github\\workflows\\x.yml')])).toEqual(['allow.paths', 'allow.workflows']);
    expect(allowances([entry('.github./workflows/x.yml')])).toEqual(['allow.paths', 'allow.workflows']);
  });
});

it.each([
  ['.github', ['allow.workflows', 'allow.codeowners', 'allow.instructions']],
  ['sub/.vscode', ['allow.paths']],
  ['.GitLab', ['allow.workflows', 'allow.codeowners']],
  ['sub/docs', []],
  ['link', []],
])('where symlinks are allowed, %s stands for no folder whose files are not', (path, expected) => {
  const link = entry(path, { newMode: '120000', target: 'x' });
  expect(allowances([link], { allow: { symlinks: true } })).toEqual(expected);
});

it('a submodule is never allowed, a symlink and a file that is no text only when they are', () => {
  const submodule = entry('vendor', { newMode: '160000' });
  const gone = entry('vendor', { status: 'D', oldMode: '160000', newMode: '000000' });
  const link = entry('link', { newMode: '120000', target: '/etc/passwd' });
  const image = entry('a.png', { binary: true });
  expect(allowances([submodule, gone, link, image])).toEqual([null, null, 'allow.symlinks', 'allow.binaries']);
  expect(checkChange([link], DEFAULTS)[0]?.reason).toContain('/etc/passwd');
  const all = { allow: { symlinks: true, binaries: true, paths: ['**'] } };
  expect(allowances([submodule, gone, link, image], all)).toEqual([null, null]);
  const goes = entry('a.png', { status: 'D', newMode: '000000' });
  expect(allowances([goes])).toEqual([]);
});

it('files, lines and bytes are counted', () => {
  const entries = [entry('a', { linesAdded: 3, linesRemoved: 2 }), entry('b', { bytes: 100 })];
  expect(allowances(entries, { maxFiles: 2, maxLines: 6, maxFileBytes: 100 })).toEqual([]);
  expect(allowances(entries, { maxFiles: 1, maxLines: 5, maxFileBytes: 99 })).toEqual([
    'max-file-bytes',
    'max-files',
    'max-lines',
  ]);
});

it('what can be executed now, links and files that are no text are named to the reviewer', () => {
  const entries = [
    entry('run.sh', { status: 'M', oldMode: '100644', newMode: '100755' }),
    entry('old.sh', { status: 'M', oldMode: '100755', newMode: '100755' }),
    entry('link', { newMode: '120000', target: 'a' }),
    entry('a.png', { binary: true }),
  ];
  expect(noteChange(entries)).toEqual([
    { path: 'run.sh', note: 'can now be executed' },
    { path: 'link', note: 'is a symlink to a' },
    { path: 'a.png', note: 'is no text' },
  ]);
});
