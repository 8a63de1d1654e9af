/** A task to be filled in: its folder, with files that say what belongs into them. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cannotWriteTo, openOwnFolder } from '../own-folder.ts';
import { type RunnerName, TaskError } from '../task.ts';
import { tagsFor, taskText } from './task-text.ts';

const ANOTHER = 'name a folder that can be made and written to';

/** Makes the folder (absolute) of a task. Throws `TaskError` where it is there and not empty, or cannot be made. */
export async function openTaskFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new TaskError(`${folder} is no folder`, 'name a new one', { cause: error });
    throw cannotWriteTo(folder, ANOTHER, error);
  });
  if (names.length > 0) throw new TaskError(`${folder} is not empty`, 'name a new folder, or empty it');
  await openOwnFolder(folder, ANOTHER);
}

/** Writes files below a folder, with the folders above them. */
export async function putFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, data] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), data);
  }
}

/** A first test for a runner, which fails until it is written: its file, what is in it, and what it is called. */
type Example = { path: string; text: string; name: string; file?: string };

const TODO = 'Write here what must work once the problem is solved.';

function javascript(head: string, joint = ' > '): Example {
  const path = 'test/example.test.js';
  const text = `${head}describe('example', () => {\n  it('works', () => {\n    throw new Error('${TODO}');\n  });\n});\n`;
  return { path, text, name: `${path} > example${joint}works` };
}

const EXAMPLES: Record<RunnerName, Example> = {
  'node-test': javascript("const { describe, it } = require('node:test');\n\n"),
  vitest: javascript("import { describe, it } from 'vitest';\n\n"),
  jest: javascript(''),
  mocha: javascript('', ' '),
  unittest: {
    path: 'tests/test_example.py',
    text: `import unittest\n\n\nclass ExampleTest(unittest.TestCase):\n    def test_works(self):\n        self.fail("${TODO}")\n`,
    name: 'tests/test_example.py > ExampleTest.test_works',
  },
  pytest: {
    path: 'tests/test_example.py',
    text: `def test_works():\n    assert False, "${TODO}"\n`,
    name: 'tests/test_example.py::test_works',
  },
  go: {
    path: 'example/example_test.go',
    text: `package example\n\nimport "testing"\n\nfunc TestWorks(t *testing.T) {\n\tt.Fatal("${TODO}")\n}\n`,
    name: 'example.org/module/example > TestWorks',
    file: './example',
  },
  tap: {
    path: 'tests/example.sh',
    text: `# ${TODO}\necho 'not ok 1 - works'\necho '1..1'\n`,
    name: 'tests/example.sh > works',
  },
  script: { path: 'tests/example.sh', text: `# ${TODO}\nexit 1\n`, name: 'tests/example.sh' },
};

const PROBLEM = `Replace this text by what the agent is told: an issue as a user would write it, with all that the hidden tests ask for.
`;

const SOLUTION = `Replace this text by the reference solution: what \`git diff --binary\` prints of it, with paths as in repo/.
`;

/** Makes a task to be filled in, for one runner of tests. `folder` is absolute. Throws `TaskError`. */
export async function scaffoldTask(folder: string, runner: RunnerName): Promise<void> {
  await openTaskFolder(folder);
  const { path, text, name, file = path } = EXAMPLES[runner];
  const head = [
    'Fill in: this file, problem.md (what the agent is told), repo/ (the files that it starts from), tests/ (laid over them',
    'before the tests; the agent never sees them), solution.patch, and into cheats/ a NAME.patch for each attempt to pass without',
    'doing the work, which must not resolve the task. Then: drydock eval validate FOLDER',
  ];
  const task = {
    ...{
      head,
      title: 'One line',
      tags: tagsFor(runner),
      bundle: null,
      environment: null,
      prepare: null,
      timeout: '60s',
    },
    ...{ runner, files: [file], failToPass: [name], passToPass: [] },
  };
  await putFiles(folder, {
    'task.yaml': taskText(task),
    'problem.md': PROBLEM,
    'repo/README.md': 'Replace this file by those that the agent starts from.\n',
    [`tests/${path}`]: text,
    'solution.patch': SOLUTION,
  });
  await mkdir(join(folder, 'cheats'));
}
