/**
 * `npm run bench:real`: the main job on a real repository. The source of a published package (qs 6.14.0) and what its tests
 * need, put under git; a new option across four files; the package's own tests as `--verify`. The model is scripted and
 * makes one mistake, which the verify command finds; everything else is real.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModelServer } from '../test/model-server.ts';
import { machine, measure, packedEntry, printTable } from './measure.ts';

const PACKAGE = 'qs@6.14.0';
/** Its one dependency, and what its tests require of its devDependencies; it ships no lockfile. */
const PACKAGES = [
  'side-channel@1.1.0',
  'tape@5.9.0',
  'es-value-fixtures@1.7.1',
  'for-each@0.3.5',
  'has-bigints@1.1.0',
  'has-override-mistake@1.0.1',
  'has-property-descriptors@1.0.2',
  'has-proto@1.2.0',
  'has-symbols@1.1.0',
  'iconv-lite@0.5.2',
  'mock-property@1.1.0',
  'object-inspect@1.13.4',
  'qs-iconv@1.0.4',
  'safer-buffer@2.1.2',
];
const TASK =
  'Add an option `trimKeys` to parse: white space around keys is dropped. With a test and a line in the README.';
const VERIFY = "node_modules/.bin/tape 'test/**/*.js' | tail -n 40";

const folder = mkdtempSync(join(tmpdir(), 'drydock-real-'));
const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
const tarball = run('npm', ['pack', PACKAGE, '--silent'], folder);
run('tar', ['-xzf', tarball], folder);
const repository = join(folder, 'package');
// Beside the package, whose own devDependencies would all be looked up otherwise; then moved into it.
const beside = join(folder, 'beside');
mkdirSync(beside);
run('npm', ['install', '--no-save', '--ignore-scripts', '--silent', '--prefix', beside, ...PACKAGES], beside);
renameSync(join(beside, 'node_modules'), join(repository, 'node_modules'));
run('git', ['init', '-q', '-b', 'main'], repository);
run('git', ['-c', 'core.excludesFile=/dev/null', 'add', '-A', '-f'], repository);
run('git', ['-c', 'user.name=b', '-c', 'user.email=b@localhost', 'commit', '-qm', PACKAGE], repository);
const files = run('git', ['ls-files'], repository).split('\n').length;

const edit = (path: string, ...edits: [old: string, new: string][]) => ({
  name: 'edit',
  arguments: { path, edits: edits.map(([old, replacement]) => ({ old, new: replacement })) },
});
const shell = (command: string) => ({ name: 'shell', arguments: { command } });

const server = await startModelServer((turn) => {
  const answers = [
    {
      text: 'I look for where options are normalised and keys are decoded.',
      toolCalls: [
        { name: 'search', arguments: { pattern: 'strictNullHandling', path: 'lib' } },
        { name: 'read_file', arguments: { path: 'lib/parse.js' } },
        { name: 'read_file', arguments: { path: 'lib/utils.js' } },
        shell('git log --oneline | head -3; ls test'),
      ],
    },
    {
      text: 'Now the option, a helper, a test and the documentation.',
      toolCalls: [
        edit(
          'lib/parse.js',
          ['    throwOnLimitExceeded: false\n};', '    throwOnLimitExceeded: false,\n    trimKeys: false\n};'],
          [
            'opts.throwOnLimitExceeded : false\n    };',
            "opts.throwOnLimitExceeded : false,\n        trimKeys: typeof opts.trimKeys === 'boolean' ? opts.trimKeys : defaults.trimKeys\n    };",
          ],
          [
            "        if (val && options.interpretNumericEntities && charset === 'iso-8859-1') {",
            "        if (options.trimKeys) {\n            key = utils.trimKey(key);\n        }\n\n        if (val && options.interpretNumericEntities && charset === 'iso-8859-1') {",
          ],
        ),
        edit('test/parse.js', [
          "test('parse()', function (t) {\n",
          "test('parse() with trimKeys', function (t) {\n    t.deepEqual(qs.parse('%20a%20=b', { trimKeys: true }), { a: 'b' }, 'drops white space');\n    t.deepEqual(qs.parse('%20a%20=b'), { ' a ': 'b' }, 'keeps it by default');\n    t.end();\n});\n\ntest('parse()', function (t) {\n",
        ]),
        edit('README.md', [
          'When `throwOnLimitExceeded` is set to `false` (default), **qs** will parse up to the specified `parameterLimit`',
          'White space around keys is dropped with `trimKeys: true`.\n\nWhen `throwOnLimitExceeded` is set to `false` (default), **qs** will parse up to the specified `parameterLimit`',
        ]),
      ],
    },
    { text: 'The option is in place.' }, // the mistake: the helper is missing, and nothing was run
    {
      text: 'The helper is missing: I add it and run the tests.',
      toolCalls: [
        edit('lib/utils.js', [
          'module.exports = {\n',
          "var trimKey = function trimKey(key) {\n    return typeof key === 'string' ? key.trim() : key;\n};\n\nmodule.exports = {\n    trimKey: trimKey,\n",
        ]),
        shell(VERIFY),
      ],
    },
    { text: 'parse() has the option `trimKeys`; all tests pass.' },
  ];
  return answers[turn] ?? { text: 'TASK NOT DONE' };
});

const env = { ...process.env, ...server.env, XDG_STATE_HOME: join(folder, 'state'), NODE_OPTIONS: '' };
const args = [
  packedEntry(),
  'run',
  '--model',
  'anthropic:claude-sonnet-5-5',
  '--verify',
  `set -o pipefail; ${VERIFY}`,
  TASK,
];
const result = await measure(process.execPath, args, { cwd: repository, env });
await server.close();
console.error(result.stderr);
const stat = run(
  'git',
  ['diff', '--stat', 'main', run('git', ['branch', '--list', 'drydock/*', '--format=%(refname:short)'], repository)],
  repository,
);
console.log(`${machine()}\n`);
printTable(
  ['repository', 'tracked files', 'exit', 'requests', 'wall', 'CPU', 'peak RSS'],
  [
    [
      PACKAGE,
      String(files),
      String(result.exitCode),
      String(server.journal.length),
      `${(result.wallMs / 1000).toFixed(1)} s`,
      `${(result.cpuMs / 1000).toFixed(1)} s`,
      `${result.peakRssMb.toFixed(0)} MB`,
    ],
  ],
);
console.log(`\n${stat}`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = result.exitCode ?? 1;
