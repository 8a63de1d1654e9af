/** What a terminal acts on (titles, the clipboard, a cleared screen) reaches neither the user's terminal nor the log. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run, runDrydock, shellTurn } from '../harness.ts';
import { startTarget } from './targets.ts';

const ESCAPES = '\u001b]0;owned\u0007\u001b]52;c;b3duZWQ=\u0007\u001b[2J\u009b2J';
/** Every control character but tab and line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const OWN_COLOURS = /\x1b\[[0-9;]*m/g;

it('terminal control sequences of a model, a command, a file name or a file do not get to a terminal, whoever shows them', async () => {
  const print = "printf '\\033]0;owned\\007\\033]52;c;b3duZWQ=\\007\\033[2J\\302\\2332J'";
  // The sandbox passes them on as they are: the tool works, and what takes them away is ours.
  expect((await (await startTarget()).run(print)).text).toBe(ESCAPES);

  const write = `${print}; touch "$(${print})"; ${print} >text.txt; : '${ESCAPES}'; false`;
  const finished = await run((turn) => (turn === 0 ? shellTurn(write) : { text: `Done.${ESCAPES}` }));
  expect(finished.code, finished.stderr).toBe(0);
  const { home, session } = finished;
  const shown = await runDrydock(['show'], { home });
  expect(finished.stderr + shown.stdout + shown.stderr).not.toMatch(CONTROLS);
  // A patch that goes into a pipe is exact, so that it can be applied; on a terminal it is for reading.
  const through = `exec script -qec "exec $(printf '%q ' "$@")" /dev/null`;
  for (const args of [['show'], ['diff']]) {
    const { stdout } = await runDrydock(args, { home, through });
    expect(stdout).toContain(args[0] === 'diff' ? '+++ b/text.txt' : 'Done.');
    expect(stdout.replace(OWN_COLOURS, '').replaceAll('\r\n', '\n')).not.toMatch(CONTROLS);
  }
  expect(readFileSync(join(session.dir, 'events.jsonl'), 'utf8')).not.toMatch(CONTROLS);
  const result = session.events.find((event) => event.type === 'tool.finished');
  expect(JSON.stringify(result?.content)).not.toMatch(/\\u00(?!0a)/);
});
