import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LaneResult, newNonce, openLane } from './lane.ts';
import { endMarker, fullLine, stdinOpen } from './lane-script.ts';

/** A lane over a stream that the test plays: `says` is the shell's stderr, `prints` its stdout. */
async function makeLane() {
  let written = '';
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk, _encoding, done) => {
      written += chunk;
      done();
    },
  });
  const send = (source: 1 | 2, data: Buffer) => {
    const header = Buffer.from([source, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(data.length, 4);
    stream.push(Buffer.concat([header, data]));
  };
  const says = (line: string) => send(2, Buffer.from(`${line}\n`));
  const opening = openLane(stream);
  says(`H ${/[0-9a-f]{32}/.exec(written)?.[0]} 7 y y y`);
  const lane = await opening;
  const nonce = newNonce();
  const run = (): Promise<LaneResult> => lane.run({ script: ':', nonce, onOutput: () => undefined });
  return { lane, nonce, run, says, prints: (data: Buffer) => send(1, data), end: () => void stream.push(null) };
}

it('a lane that finds the sandbox full has run nothing, and serves on', async () => {
  const { lane, nonce, run, says, prints } = await makeLane();
  const full = run();
  says(fullLine(nonce));
  expect(await full).toBe('full');
  const next = run();
  prints(endMarker(nonce));
  says(`E ${nonce} 0 2 7`);
  expect([await next, lane.alive()]).toEqual([{ exitCode: 0, processes: 2, orphans: [7] }, true]);
});

it.each([
  ['dash', ['sh: 1: Cannot fork']],
  ['BusyBox', ["sh: can't fork: Resource temporarily unavailable"]],
  ['bash', ['sh: fork: retry: No child processes', 'sh: line 3: fork: Resource temporarily unavailable']],
])('a %s that cannot fork has run nothing, and is given up', async (_shell, lines) => {
  const { lane, run, says } = await makeLane();
  const result = run();
  for (const line of lines) says(line);
  expect([await result, lane.alive()]).toEqual(['full', false]);
});

it('a bash that forked at its second try goes on', async () => {
  const { nonce, run, says, prints } = await makeLane();
  const result = run();
  says('sh: fork: retry: Resource temporarily unavailable');
  prints(endMarker(nonce));
  says(`E ${nonce} 3 2 7`);
  expect(await result).toEqual({ exitCode: 3, processes: 2, orphans: [7] });
});

it('a death report that quotes the command’s text does not pass for a failed fork', async () => {
  const { nonce, run, says, prints } = await makeLane();
  const result = run();
  for (const line of [`sh: line 2:    27 Killed   ( exec bash -c 'kill -9 $$`, 'sh: 1: Cannot fork', "' )"]) says(line);
  prints(endMarker(nonce));
  says(`E ${nonce} 137 2 7`);
  expect(await result).toEqual({ exitCode: 137, processes: 2, orphans: [7] });
});

it('a lane that cannot fork once its stdin was given away is lost: what was read cannot be given again', async () => {
  const { nonce, run, says, end } = await makeLane();
  const result = run();
  says(stdinOpen(nonce));
  says('sh: 1: Cannot fork');
  end();
  expect(await result).toBe(null);
});

it('gives all output before the marker and nothing after it, however the bytes are cut, NULs among them', async () => {
  const pieces = fc.array(fc.constantFrom('text', '\0', '\0NONCE', '\0NON', 'NONCE\0'));
  await fc.assert(
    fc.asyncProperty(pieces, fc.array(fc.integer({ min: 1, max: 40 })), async (texts, cuts) => {
      const { lane, nonce, says, prints } = await makeLane();
      const given: Buffer[] = [];
      const ended = lane.run({ script: ':', nonce, onOutput: (data) => void given.push(data) });
      const output = Buffer.from(texts.join('').replaceAll('NONCE', nonce));
      let rest = Buffer.concat([output, endMarker(nonce), Buffer.from('late')]);
      // A command does not know the nonce.
      fc.pre(rest.indexOf(endMarker(nonce)) === output.length);
      for (const cut of cuts) {
        prints(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      prints(rest);
      says(`E ${nonce} 0 2 7`);
      await ended;
      expect(Buffer.concat(given)).toEqual(output);
    }),
  );
});

it.each([
  ['frees what was read for a run that copies it', true, 0],
  ['leaves what was read to a run that keeps it', false, 100_000],
])('%s', async (_name, copies, left) => {
  const { lane, nonce, says, prints } = await makeLane();
  const given: Buffer[] = [];
  const ended = lane.run({
    script: ':',
    nonce,
    onOutput: (data) => void given.push(data),
    ...(copies ? { copies } : {}),
  });
  prints(Buffer.alloc(100_000, 'x'));
  prints(endMarker(nonce));
  says(`E ${nonce} 0 2 7`);
  await ended;
  expect(given[0]).toHaveLength(left);
});
