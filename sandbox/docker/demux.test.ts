import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDemux, DemuxError } from './demux.ts';

type Frame = { stream: 1 | 2; payload: Buffer };

function encode(frames: Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ stream, payload }) => {
      const header = Buffer.alloc(8);
      header[0] = stream;
      header.writeUInt32BE(payload.length, 4);
      return [header, payload];
    }),
  );
}

function decode(chunks: Buffer[]): { stdout: Buffer; stderr: Buffer } {
  const got = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const push = createDemux((stream, data) => got[stream].push(Buffer.from(data)));
  for (const chunk of chunks) push(chunk);
  return { stdout: Buffer.concat(got.stdout), stderr: Buffer.concat(got.stderr) };
}

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom<1 | 2>(1, 2),
    payload: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  }),
);

test('however the bytes are cut, each stream gets exactly its payload', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(60)), (list, cuts) => {
      const bytes = encode(list);
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      chunks.push(bytes.subarray(at));
      const of = (stream: 1 | 2) => Buffer.concat(list.filter((f) => f.stream === stream).map((f) => f.payload));
      expect(decode(chunks)).toEqual({ stdout: of(1), stderr: of(2) });
    }),
  );
});

test('a chunk of 200,000 one-byte frames does not exhaust the stack', () => {
  const list: Frame[] = Array.from({ length: 200_000 }, () => ({ stream: 1, payload: Buffer.from('x') }));
  expect(decode([encode(list)]).stdout.length).toBe(200_000);
});

test('an invalid header fails the stream for good', () => {
  const push = createDemux(() => undefined);
  expect(() => push(Buffer.from('not a header'))).toThrow(DemuxError);
  expect(() => push(encode([{ stream: 1, payload: Buffer.from('late') }]))).toThrow(DemuxError);
});
