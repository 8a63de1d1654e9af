/** Tests of `node:test`, each file in a process of its own, as `node --test` runs them. */
import { posix } from 'node:path';
import { type Runner, readReportLines, type TestCall } from './runner.ts';

/** Assertions that a canary of each must see fail. */
const ASSERTIONS = {
  ok: 'assert.ok(false)',
  call: 'assert(false)',
  equal: 'assert.equal(1, 2)',
  strictEqual: 'assert.strictEqual(1, 2)',
  deepEqual: 'assert.deepEqual({ a: 1 }, { a: 2 })',
  deepStrictEqual: 'assert.deepStrictEqual([1], [2])',
  notStrictEqual: 'assert.notStrictEqual(1, 1)',
  match: 'assert.match("a", /b/)',
  throws: 'assert.throws(() => undefined)',
  rejects: 'await assert.rejects(Promise.resolve())',
  fail: 'assert.fail()',
  thrown: 'throw new Error("canary")',
};

/** A line for each test as it ends. Children end before their parents, whose names have been told when they began. */
const reporter = (prefix: string) => `export default async function* report(source) {
  const names = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names.length = data.nesting;
      names[data.nesting] = data.name;
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite' && type === 'test:pass') continue;
    const path = [...names.slice(0, data.nesting), data.name];
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const status = skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    const error = data.details?.error;
    const message = status === 'failed' ? String(error?.cause?.stack ?? error?.message ?? '').slice(0, 2000) : undefined;
    yield '\\n' + ${JSON.stringify(prefix)} + JSON.stringify({ name: path.join(' > '), status, message }) + '\\n';
  }
}
`;

/** The ways in which tests come by what they assert with: what has been put in the place of one shows in its canaries. */
const ROUTES = ['import', 'require'].flatMap((how) =>
  ['node:assert', 'node:assert/strict'].map((name) => ({ how, name, label: `${how} ${name}` })),
);

/** Loads a file of tests, then has the canaries run beside them; null: only these. */
function wrapper(file: string | null, nonce: string): string {
  const failing = Object.entries(ASSERTIONS).map(
    ([name, text]) => `  test(\`${nonce} fail \${label} ${name}\`, async () => { ${text}; });`,
  );
  return `import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
const file = ${JSON.stringify(file)};
let failure;
try {
  if (file !== null) await import(pathToFileURL(file).href);
} catch (error) {
  failure = error;
}
const require = createRequire(file ?? import.meta.url);
const routes = { import: async (name) => (await import(name)).default, require: async (name) => require(name) };
for (const { how, name, label } of ${JSON.stringify(ROUTES)}) {
  const { test } = await routes[how]('node:test');
  const assert = await routes[how](name);
  test(\`${nonce} pass \${label}\`, () => { assert.ok(true); });
${failing.join('\n')}
}
const { test } = await import('node:test');
if (failure !== undefined) test('(import)', () => { throw failure; });
`;
}

export const nodeTest: Runner = {
  configuration: ['package.json', '.npmrc', '.node-version', '.mocharc*'],
  calls: (files, { folder, workspace, nonce }) =>
    (files.length === 0 ? [null] : files).map((file, index): TestCall => {
      const [program, reporting] = [posix.join(folder, `run-${index}.mjs`), posix.join(folder, 'reporter.mjs')];
      const prefix = `${nonce} `;
      return {
        files: [
          { path: program, text: wrapper(file === null ? null : posix.resolve(workspace, file), nonce) },
          { path: reporting, text: reporter(prefix) },
        ],
        command: `node --test-reporter=${reporting} --test-reporter-destination=stdout ${program}`,
        report: null,
        prefix,
        parse: (text) => readReportLines(text, prefix).map((said) => ({ ...said, name: `${file} > ${said.name}` })),
        canaries: {
          pass: ROUTES.map(({ label }) => `${file} > ${nonce} pass ${label}`),
          fail: ROUTES.flatMap(({ label }) =>
            Object.keys(ASSERTIONS).map((name) => `${file} > ${nonce} fail ${label} ${name}`),
          ),
        },
      };
    }),
};
