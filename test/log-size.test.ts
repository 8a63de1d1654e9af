/** How large a session is: the log holds what was said, called and answered once, and little else. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { logSizes } from '../bench/runs.ts';
import { eventsOf, HOST, run, shellTurn } from './harness.ts';

vi.setConfig({ testTimeout: 120_000 });

const count = (text: string, part: string) => text.split(part).length - 1;

describe.concurrent('the log', () => {
  it('is at most 1.2 × its content where outputs are of a usual size, and holds nothing twice', async () => {
    const TURNS = 25;
    const { code, stderr, session } = await run(
      (turn) =>
        turn < TURNS
          ? {
              text: `Look at part ${turn} next.`,
              ...shellTurn(`: mark-${turn}-in; seq ${turn}000 ${turn}999 | tr -d '\\n'; echo`),
            }
          : { text: 'Done.' },
      { args: HOST },
    );
    expect(code, stderr).toBe(0);
    const { log, content } = logSizes(session.dir);
    expect(log / content).toBeLessThan(1.2);
    const text = session.events.map((event) => JSON.stringify(event)).join('\n');
    for (let turn = 0; turn < TURNS; turn += 1) {
      expect(count(text, `mark-${turn}-in`)).toBe(1);
      expect(count(text, `Look at part ${turn} next.`)).toBe(1);
    }
    expect(text).not.toContain('"delta');
  });

  it('holds head and tail of large outputs, which are whole in files of their own', async () => {
    const { code, stderr, session } = await run(
      [1, 2, 3].map((turn) => shellTurn(`seq ${turn} 300000`)),
      { args: HOST },
    );
    expect(code, stderr).toBe(0);
    const { log, content } = logSizes(session.dir);
    expect(log / content).toBeLessThan(1.2);
    expect(log).toBeLessThan(60_000);
    const handles = session.events.flatMap((event) =>
      event.type === 'tool.finished' ? [String(event.details.output)] : [],
    );
    expect(new Set(handles).size).toBe(3);
    for (const handle of handles) expect(statSync(join(session.dir, 'blobs', handle)).size).toBeGreaterThan(1_900_000);
  });

  it('names the first changed files with the checkpoint of a turn, and all at the end', async () => {
    const write = { name: 'write_file', arguments: { path: 'sum.js', content: 'x' } };
    const { code, stderr, session } = await run([
      shellTurn('for i in $(seq 30); do echo $i >new$i; done'),
      { toolCalls: [write] },
    ]);
    expect(code, stderr).toBe(0);
    const named = eventsOf(session.events, 'checkpoint').map(({ trigger, files, moreFiles }) => [
      trigger,
      files.length,
      moreFiles,
    ]);
    // A slow machine saves the files after the command too.
    expect(named.slice(-2)).toEqual([
      ['turn', 10, 21],
      ['run_end', 31, undefined],
    ]);
  });
});
