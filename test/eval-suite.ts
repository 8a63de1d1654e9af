/** Small suites for tests of evals: tasks that are graded in a moment, and models that solve them or do not. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './harness.ts';
import type { Script } from './model-server.ts';

/** Writes files below a folder, with their parent folders; a script may be run. */
export function writeFiles(folder: string, files: Record<string, string | Buffer>): void {
  for (const [path, data] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
    if (path.endsWith('.sh')) chmodSync(join(folder, path), 0o755);
  }
}

/** The patch that puts `text` into `answer.txt`. */
export const answerPatch = (text: string) =>
  `diff --git a/answer.txt b/answer.txt\n--- a/answer.txt\n+++ b/answer.txt\n@@ -1 +1 @@\n-wrong\n+${text}\n`;

/** A task that is solved when `answer.txt` holds `right`; the word of the task is in its problem. */
export function answerTask(word: string): Record<string, string> {
  return {
    'task.yaml': `version: 1
title: The answer of ${word}
tests:
  runner: script
  files: [tests/right.sh, tests/there.sh]
  fail_to_pass: [tests/right.sh]
  pass_to_pass: [tests/there.sh]
`,
    'problem.md': `The file answer.txt of ${word} is wrong. Put the right answer into it.\n`,
    'repo/answer.txt': 'wrong\n',
    'tests/tests/right.sh': '[ "$(cat answer.txt)" = right ]\n',
    'tests/tests/there.sh': '[ -f answer.txt ]\n',
    'solution.patch': answerPatch('right'),
    'cheats/guesses.patch': answerPatch('left'),
  };
}

/** A suite of such tasks in a new folder. */
export function answerSuite(words: readonly string[]): string {
  const suite = join(temporaryFolder(), 'answers');
  for (const word of words) writeFiles(join(suite, word), answerTask(word));
  return suite;
}

/** Writes an agent configuration, and gives its path. */
export function configuration(name: string, text: string): string {
  const file = join(temporaryFolder(), `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

/** A model that answers in one command and says that it is done. `answer` is asked with the task's problem and the model's name. */
export function answering(answer: (problem: string, model: string) => string): Script {
  return (_turn, request) => {
    if (request.toolResults.length > 0) return { text: 'Done.' };
    const command = `echo ${answer(request.lastUserText, request.model)} >answer.txt`;
    return { toolCalls: [{ name: 'shell', arguments: { command } }] };
  };
}
