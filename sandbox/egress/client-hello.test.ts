import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HELLO_BYTES, readClientHello } from './client-hello.ts';
import { clientHello } from './fixtures.ts';

const hello = await clientHello('registry.example.com');
const nameless = await clientHello();

/** The same message over records of at most `size` bytes. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

/** A message with the given extensions and nothing else of interest. */
function made(extensions: Buffer[]): Buffer {
  const vector = (width: 1 | 2, data: Buffer) => {
    const length = Buffer.alloc(width);
    length.writeUIntBE(data.length, 0, width);
    return Buffer.concat([length, data]);
  };
  const body = Buffer.concat([
    Buffer.alloc(34, 3),
    vector(1, Buffer.alloc(0)),
    vector(2, Buffer.from([0x13, 1])),
    vector(1, Buffer.from([0])),
    vector(2, Buffer.concat(extensions)),
  ]);
  const message = Buffer.concat([Buffer.from([1, 0, body.length >> 8, body.length & 255]), body]);
  return Buffer.concat([Buffer.from([22, 3, 1, message.length >> 8, message.length & 255]), message]);
}

function nameExtension(...names: string[]): Buffer {
  const entries = names.map((name) => Buffer.concat([Buffer.from([0, 0, name.length]), Buffer.from(name, 'latin1')]));
  const list = Buffer.concat(entries);
  return Buffer.from([0, 0, 0, list.length + 2, 0, list.length, ...list]);
}

describe('the server name', () => {
  it('is read from what OpenSSL sends, and null where it sends none', () => {
    expect(readClientHello(hello)).toEqual({ kind: 'hello', serverName: 'registry.example.com' });
    expect(readClientHello(nameless)).toEqual({ kind: 'hello', serverName: null });
  });

  it('is not known before the last byte, wherever the bytes are cut', () => {
    for (let length = 0; length < hello.length; length += 1) {
      expect(readClientHello(hello.subarray(0, length)).kind).toBe('more');
    }
  });

  it('is read however the message is spread over records, and whatever follows it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 600 }), fc.uint8Array(), (size, after) => {
        const bytes = Buffer.concat([inRecords(hello, size), after]);
        expect(readClientHello(bytes)).toEqual({ kind: 'hello', serverName: 'registry.example.com' });
      }),
      { numRuns: 50 },
    );
  });

  it('is refused where there could be two', () => {
    expect(readClientHello(made([nameExtension('a.example.com')]))).toEqual({
      kind: 'hello',
      serverName: 'a.example.com',
    });
    expect(readClientHello(made([nameExtension('a.example.com'), nameExtension('b.example.com')])).kind).toBe('bad');
    expect(readClientHello(made([nameExtension('a.example.com', 'b.example.com')])).kind).toBe('bad');
  });

  it.each([
    ['a request in the clear', Buffer.from('GET / HTTP/1.1\r\n')],
    ['SSH', Buffer.from('SSH-2.0-x\r\n')],
    ['SSL 2', Buffer.from([0x80, 0x2e, 1, 0, 2])],
    ['another kind of record', Buffer.from([23, 3, 3, 0, 1, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['a message that is too long', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0, 0])],
    ['an extension that ends past the end', made([Buffer.from([0, 0, 0, 9, 0, 1])])],
  ])('is not looked for in %s', (_, bytes) => {
    expect(readClientHello(bytes).kind).toBe('bad');
  });
});

describe('whatever is sent', () => {
  it('is read without an error', () => {
    const changed = fc.tuple(fc.nat(hello.length - 1), fc.nat(255), fc.nat(hello.length)).map(([at, value, end]) => {
      const bytes = Buffer.from(hello);
      bytes[at] = value;
      return bytes.subarray(0, end);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 2_000 }).map(Buffer.from), changed), (bytes) => {
        expect(['more', 'bad', 'hello']).toContain(readClientHello(bytes).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never waited for beyond the limit', () => {
    const endless = Buffer.concat(
      Array.from({ length: MAX_HELLO_BYTES / 6 + 1 }, () => Buffer.from([22, 3, 1, 0, 1, 1])),
    );
    expect(readClientHello(endless).kind).toBe('bad');
  });
});
