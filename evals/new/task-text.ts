/** The text of `task.yaml`, with comments for the person who goes on with it. Pure. */
import type { RunnerName } from '../task.ts';

export type TaskText = {
  title: string;
  tags: readonly string[];
  /** Null: the files are in repo/. */
  bundle: { file: string; commit: string } | null;
  /** Null: Drydock's own image. */
  environment: { image: string } | { dockerfile: string } | null;
  runner: RunnerName;
  prepare: string | null;
  files: readonly string[];
  failToPass: readonly string[];
  passToPass: readonly string[];
  /** Such as `90s`. */
  timeout: string;
  /** Lines at the top, without their `#`. */
  head: readonly string[];
};

const OWN_IMAGE = `# The image to work and to be graded in; left out: Drydock's own.
# environment: { image: NAME }
# environment: { dockerfile: Dockerfile }`;

/** A YAML document that `parseTaskFile` takes, if there is a test that turns from failing to passing. */
export function taskText(task: TaskText): string {
  const { environment, bundle, prepare } = task;
  const lines = [
    ...task.head.map((line) => `# ${line}`),
    'version: 1',
    `title: ${quoted(task.title)}`,
    `tags: [${task.tags.map(quoted).join(', ')}]  # language, kind of task, what it tries`,
    bundle === null ? null : `repository: { bundle: ${quoted(bundle.file)}, commit: ${bundle.commit} }`,
    environment === null ? OWN_IMAGE : `environment: ${flow(environment)}`,
    'tests:',
    `  runner: ${task.runner}`,
    prepare === null
      ? '  # prepare: make  # shell text, run in the workspace before the tests'
      : `  prepare: ${quoted(prepare)}`,
    `  files:${list(task.files)}  # what the runner is given`,
    `  fail_to_pass:${list(task.failToPass)}`,
    `  pass_to_pass:${list(task.passToPass)}`,
    `  timeout: ${task.timeout}  # of all tests together`,
  ];
  return `${lines.filter((line) => line !== null).join('\n')}\n`;
}

/** A string of JSON is one of YAML too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

function flow(value: Readonly<Record<string, string>>): string {
  return `{ ${Object.entries(value)
    .map(([key, text]) => `${key}: ${quoted(text)}`)
    .join(', ')} }`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? ' []' : items.map((item) => `\n    - ${quoted(item)}`).join('');
}

/** The language and kind of a task, as far as its runner tells. */
export function tagsFor(runner: RunnerName): string[] {
  if (runner === 'go') return ['go', 'bugfix'];
  if (runner === 'tap' || runner === 'script') return ['shell', 'bugfix'];
  return [runner === 'pytest' || runner === 'unittest' ? 'python' : 'javascript', 'bugfix'];
}
