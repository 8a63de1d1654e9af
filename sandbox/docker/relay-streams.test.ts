import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createFrameReader, encodeFrame, encodeGrant, type Frame } from './relay-frames.ts';
import { MAX_CONNECTIONS, WINDOW_BYTES } from './relay-program.ts';
import { createRelayStreams } from './relay-streams.ts';

function make() {
  const sent: Frame[] = [];
  const opened: Duplex[] = [];
  const read = createFrameReader((frame) => sent.push(frame));
  const streams = createRelayStreams({ send: read, onReady: () => undefined, onOpen: (stream) => opened.push(stream) });
  const open = (id: number): Duplex => {
    streams.push(encodeFrame('open', id));
    const stream = opened.at(-1);
    if (stream === undefined) throw new Error('nothing was opened');
    return stream.on('error', () => undefined);
  };
  const sentBytes = () => sent.reduce((sum, { kind, payload }) => sum + (kind === 'data' ? payload.length : 0), 0);
  const fill = (id: number, bytes: number) => {
    for (let left = bytes; left > 0; left -= 16_384) {
      streams.push(encodeFrame('data', id, Buffer.alloc(Math.min(left, 16_384), id)));
    }
  };
  return { streams, sent, open, sentBytes, fill };
}

describe('a connection of the relay', () => {
  it('is sent no more than its client has room for', async () => {
    const { streams, open, sentBytes } = make();
    const stream = open(1);
    const written = new Promise((resolve) => stream.write(Buffer.alloc(3 * WINDOW_BYTES), resolve));
    expect(sentBytes()).toBe(WINDOW_BYTES);
    streams.push(encodeGrant(1, 1000));
    expect(sentBytes()).toBe(WINDOW_BYTES + 1000);
    streams.push(encodeGrant(1, WINDOW_BYTES));
    streams.push(encodeGrant(1, WINDOW_BYTES - 1000));
    await written;
    expect(sentBytes()).toBe(3 * WINDOW_BYTES);
  });

  it('is granted more only as it is read', async () => {
    const { sent, open, fill } = make();
    const stream = open(1);
    fill(1, WINDOW_BYTES);
    const grants = () => sent.filter(({ kind }) => kind === 'grant');
    await new Promise((resolve) => setImmediate(resolve));
    expect(grants()).toEqual([]);
    let read = 0;
    stream.on('data', (data: Buffer) => {
      read += data.length;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBe(WINDOW_BYTES);
    expect(grants().map(({ payload }) => payload.readUInt32BE(0))).toEqual([WINDOW_BYTES]);
  });

  it('ends in each direction on its own', async () => {
    const { streams, sent, open } = make();
    const stream = open(1).resume();
    stream.end('last');
    await new Promise((resolve) => stream.once('finish', resolve));
    expect(sent.map(({ kind }) => kind)).toEqual(['data', 'end']);
    streams.push(encodeFrame('data', 1, Buffer.from('later')));
    streams.push(encodeFrame('end', 1));
    await new Promise((resolve) => stream.once('close', resolve));
    expect(sent.at(-1)?.kind).toBe('close');
  });

  it('may be ended here while the relay still sends', () => {
    const { streams, open, fill } = make();
    open(1).destroy();
    fill(1, 100);
    streams.push(encodeGrant(1, 1));
    streams.push(encodeFrame('end', 1));
  });
});

describe('what no relay of ours does', () => {
  it.each<[string, (made: ReturnType<typeof make>) => void]>([
    ['open a connection twice', ({ open }) => void [open(1), open(1)]],
    [
      'open too many',
      ({ open }) => {
        for (let id = 0; id <= MAX_CONNECTIONS; id += 1) open(id);
      },
    ],
    ['send more than it may', ({ open, fill }) => void [open(1), fill(1, WINDOW_BYTES + 1)]],
    ['grant more than it was sent', ({ open, streams }) => void [open(1), streams.push(encodeGrant(1, 1))]],
    ['grant no number', ({ open, streams }) => void [open(1), streams.push(encodeFrame('grant', 1))]],
  ])('%s: nothing after it is read', (_, attack) => {
    const made = make();
    expect(() => attack(made)).toThrow('the relay');
    expect(() => made.streams.push(encodeFrame('ready', 0))).toThrow('the relay');
  });
});
