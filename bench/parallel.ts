/** Turns of eight calls: reads, which run beside each other, and commands, which run one after the other. */
import { machine, median, packedEntry, percentile, printTable } from './measure.ts';
import { stepRun } from './runs.ts';

const TURNS = 40;
const CALLS = 8;

const kinds = {
  read_file: (call: number) => ({ name: 'read_file', arguments: { path: `src/file${call}.js` } }),
  shell: (call: number) => ({ name: 'shell', arguments: { command: `echo ${call}` } }),
};

/** Prints what a turn costs with one and with eight calls of each kind, in the Docker sandbox. */
export async function measureParallel(entry: string): Promise<void> {
  const rows: string[][] = [];
  for (const [name, callOf] of Object.entries(kinds)) {
    for (const calls of [1, CALLS]) {
      const turn = () => ({ toolCalls: Array.from({ length: calls }, (_, call) => callOf(call)) });
      const { stepsMs } = await stepRun({ entry, steps: TURNS, turn, bodies: 'last' });
      const ms = (value: number) => `${value.toFixed(1)} ms`;
      rows.push([`${calls} × ${name}`, ms(median(stepsMs)), ms(percentile(stepsMs, 95))]);
    }
  }
  console.log(`\n${TURNS} turns of each:\n`);
  printTable(['calls in a turn', 'turn, median', 'p95'], rows);
}

if (import.meta.main) {
  console.log(machine());
  await measureParallel(packedEntry());
}
