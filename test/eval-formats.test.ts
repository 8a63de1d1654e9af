/** Tasks of SWE-bench and Harbor, graded for real: solution and nothing, each in the format's own way. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { ensureImage } from '../sandbox/index.ts';
import { writeFiles } from './eval-suite.ts';
import { engine, makeRepository, ROOT, runDrydock, temporaryFolder } from './harness.ts';

/** Drydock's own image, by its name: what images of tasks are made from here, since there is no registry. */
let own: string;
beforeAll(async () => {
  const making = { image: null, dockerfile: join(ROOT, 'Dockerfile'), onProgress: () => undefined };
  own = (await ensureImage(await engine(), making)).name;
  // Where it is the first to need the image, it builds it.
}, 600_000);

const reportOf = (out: string) => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
/** What the tests of a trial printed. */
const logOf = (out: string, agent: string, task: string) =>
  readFileSync(join(out, 'trials', agent, task, '1/tests.log'), 'utf8');

async function goldAndNothing(suite: string, args: readonly string[] = []) {
  const out = join(temporaryFolder(), 'run');
  const { code, stderr } = await runDrydock([
    'eval',
    'run',
    suite,
    '--agent',
    'gold',
    '--agent',
    'nop',
    '--out',
    out,
    ...args,
  ]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('[2/2]')]);
  const [gold, nop] = reportOf(out).agents;
  return { out, gold: gold.ofCounted, nop: nop.ofCounted };
}

const FILES = {
  'package.json': '{"type":"module"}\n',
  'sum.js': 'export const sum = (a, b) => a - b;\n',
  'test/sum.test.js': "import test from 'node:test';\ntest('is there', () => {});\n",
};
const TEST =
  "import assert from 'node:assert';\nimport test from 'node:test';\nimport { sum } from '../sum.js';\n\ntest('is there', () => {});\ntest('adds', () => assert.equal(sum(2, 3), 5));\n";

/** A history of four commits, of which the third mends what the second has. */
function mirror() {
  const repository = makeRepository(FILES, { dir: join(temporaryFolder(), 'ada__sum') });
  repository.write('README.md', 'sum\n');
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'A README');
  const base = repository.git('rev-parse', 'HEAD');
  repository.write('sum.js', 'export const sum = (a, b) => a + b;\n');
  repository.write('test/sum.test.js', TEST);
  repository.git('commit', '-qam', 'sum adds');
  const patchOf = (path: string) => `${repository.git('diff', base, 'HEAD', '--', path)}\n`;
  const patches = { patch: patchOf('sum.js'), test_patch: patchOf('test') };
  const fix = repository.git('rev-parse', 'HEAD');
  repository.write('later.txt', 'later\n');
  repository.git('add', '-A');
  repository.git('commit', '-qm', 'Later');
  repository.git('tag', 'v2');
  return { repos: join(repository.dir, '..'), base, fix, ...patches };
}

it('grades instances of SWE-bench on mirrors, at a base that has no future', { timeout: 120_000 }, async () => {
  const { repos, base, fix, patch, test_patch } = mirror();
  const eval_script = `#!/bin/bash
set -uxo pipefail
cd /testbed
git rev-list --all
git cat-file -t ${fix}
git checkout ${base} test/sum.test.js
git apply -v - <<'EOF_114329324912'
${test_patch}EOF_114329324912
: '>>>>> Start Test Output'
node --test --test-reporter=tap test/
: '>>>>> End Test Output'
git checkout ${base} test/sum.test.js
`;
  const common = {
    repo: 'ada/sum',
    base_commit: base,
    patch,
    test_patch,
    problem_statement: 'sum subtracts.',
    hints_text: '',
    version: '1',
  };
  const lists = { FAIL_TO_PASS: '["adds"]', PASS_TO_PASS: ['is there'] };
  const file = join(temporaryFolder(), 'instances.jsonl');
  const instance = {
    ...common,
    ...lists,
    instance_id: 'ada__sum-1',
    eval_script,
    log_parser: 'parse_log_tap',
    created_at: '2026-01-01',
  };
  writeFileSync(
    file,
    `${JSON.stringify(instance)}\n${JSON.stringify({ ...instance, instance_id: 'ada__sum-2', log_parser: 'parse_log_of_nobody' })}\n`,
  );
  const { out, gold, nop } = await goldAndNothing(file, ['--repos', repos]);
  expect([gold, nop]).toEqual([
    { resolved: 1, of: 1 },
    { resolved: 0, of: 1 },
  ]);
  expect(reportOf(out).left).toEqual([
    { id: 'ada__sum-2', problem: expect.stringContaining('instances.jsonl:2: log_parser: parse_log_of_nobody') },
  ]);
  const log = logOf(out, 'gold', 'ada__sum-1');
  const commits =
    log
      .split('git rev-list --all')[1]
      ?.split('+ git cat-file')[0]
      ?.match(/^[0-9a-f]{40}$/gm) ?? [];
  expect(commits).toHaveLength(1);
  expect(log).toMatch(/could not get object info|Not a valid object name/);
});

it('applies the test patch itself where the instance has no script', { timeout: 120_000 }, async () => {
  const { repos, base, patch, test_patch } = mirror();
  const instance = {
    repo: 'ada/sum',
    base_commit: base,
    patch,
    test_patch,
    problem_statement: 'sum subtracts.',
    instance_id: 'ada__sum-1',
    hints_text: '',
    version: '1',
    created_at: '',
    FAIL_TO_PASS: ['adds'],
    PASS_TO_PASS: ['is there'],
    log_parser: 'parse_log_tap',
  };
  const file = join(temporaryFolder(), 'instances.json');
  writeFileSync(file, JSON.stringify([instance]));
  const { gold, nop } = await goldAndNothing(file, [
    '--repos',
    repos,
    '--test-command',
    'node --test --test-reporter=tap',
  ]);
  expect([gold.resolved, nop.resolved]).toEqual([1, 0]);
});

it('grades a task of Harbor by its reward, on the files that its image has', { timeout: 120_000 }, async () => {
  const suite = join(temporaryFolder(), 'harbor');
  writeFiles(join(suite, 'sum-adds'), {
    'task.toml':
      'version = "1.0"\n[metadata]\ntags = ["sum"]\n[agent]\ntimeout_sec = 60.0\n[verifier]\ntimeout_sec = 60.0\n[verifier.env]\nWANTED = "5"\n[environment]\n',
    'instruction.md': 'sum subtracts. Mend it.\n',
    'environment/Dockerfile': `FROM ${own}\nUSER root\nWORKDIR /app\nCOPY sum.js package.json .gitignore built.txt /app/\nRUN git init -q && git add -A && git -c user.name=a -c user.email=a@localhost commit -qm future\n`,
    'environment/sum.js': FILES['sum.js'],
    'environment/package.json': FILES['package.json'],
    'environment/.gitignore': 'built.txt\n',
    'environment/built.txt': 'built\n',
    'tests/test.sh':
      '#!/bin/bash\ncd /app\n[ "$(git log --format=%s)" = Base ] || exit 1\n[ -f built.txt ] || exit 1\nif [ "$(node -e \'import("/app/sum.js").then(({ sum }) => console.log(sum(2, 3)))\')" = "$WANTED" ]; then echo 1; else echo 0; fi >/logs/verifier/reward.txt\n',
    'solution/solve.sh': '#!/bin/bash\nsed -i "s/a - b/a + b/" /app/sum.js\n',
  });
  const images = async () => (await (await engine()).listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  const before = await images();
  const { out, gold, nop } = await goldAndNothing(suite, ['--keep-images', '1k']);
  expect([gold, nop]).toEqual([
    { resolved: 1, of: 1 },
    { resolved: 0, of: 1 },
  ]);
  expect(reportOf(out).trials[1]).toMatchObject({ agent: 'nop', reason: 'reward', detail: 'the reward is 0' });
  expect(existsSync(join(out, 'bases'))).toBe(true);
  // Made of this suite's own Dockerfile, and not needed any more: the image, and the one with the folder linked.
  const made = (await images()).filter((name) => name.startsWith('drydock-eval:') && !before.includes(name));
  expect(made).toEqual([]);
});
