/** Reads the server name out of the first bytes of a TLS connection (RFC 8446, 4.1.2 and 5.1; RFC 6066, 3). */

/** `more`: these bytes may become a ClientHello. `bad`: they cannot. `serverName` is null where the client names none. */
export type ClientHello = { kind: 'more' } | { kind: 'bad' } | { kind: 'hello'; serverName: string | null };

/** A ClientHello has some 500 bytes, with post-quantum keys 2,000. */
export const MAX_HELLO_BYTES = 16 * 1024;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_HEADER_BYTES = 4;
const SERVER_NAME_EXTENSION = 0;
const HOST_NAME = 0;

const MORE: ClientHello = { kind: 'more' };
const BAD: ClientHello = { kind: 'bad' };

/** Reads all bytes that a client has sent so far. The message may be spread over several records. Never throws. */
export function readClientHello(bytes: Buffer): ClientHello {
  let message: Buffer = Buffer.alloc(0);
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== HANDSHAKE_RECORD || (bytes[at + 1] ?? 3) !== 3) return BAD;
    if (at + RECORD_HEADER_BYTES > bytes.length) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0) return BAD;
    at += RECORD_HEADER_BYTES;
    message = Buffer.concat([message, bytes.subarray(at, at + length)]);
    at += length;
    if (message.length > 0 && message[0] !== CLIENT_HELLO) return BAD;
    if (message.length < HANDSHAKE_HEADER_BYTES) continue;
    const end = HANDSHAKE_HEADER_BYTES + message.readUIntBE(1, 3);
    if (end > MAX_HELLO_BYTES) return BAD;
    // What comes after it (early data, say) is not looked at.
    if (message.length >= end) return readBody(message.subarray(HANDSHAKE_HEADER_BYTES, end));
  }
  return bytes.length > MAX_HELLO_BYTES ? BAD : MORE;
}

function readBody(body: Buffer): ClientHello {
  const reader = createReader(body);
  reader.skip(2 + 32);
  reader.vector(1);
  reader.vector(2);
  reader.vector(1);
  const extensions = createReader(reader.left() === 0 ? Buffer.alloc(0) : reader.vector(2));
  let serverName: string | null = null;
  while (extensions.left() > 0 && !extensions.failed()) {
    const type = extensions.number(2);
    const data = createReader(extensions.vector(2));
    if (type !== SERVER_NAME_EXTENSION) continue;
    // A second one, or more than one name in it, could be read otherwise by the server.
    if (serverName !== null) return BAD;
    const names = createReader(data.vector(2));
    if (names.number(1) !== HOST_NAME) return BAD;
    serverName = names.vector(2).toString('latin1');
    if (names.failed() || names.left() > 0 || data.failed() || data.left() > 0) return BAD;
  }
  if (reader.failed() || reader.left() > 0 || extensions.failed()) return BAD;
  return { kind: 'hello', serverName };
}

/** Reads numbers and vectors (a length and so many bytes). Past the end everything is zero and `failed` is true. */
function createReader(bytes: Buffer) {
  let at = 0;
  let failed = false;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) failed = true;
    const taken = failed ? Buffer.alloc(0) : bytes.subarray(at, at + length);
    at += taken.length;
    return taken;
  };
  const number = (width: 1 | 2): number => {
    const taken = take(width);
    return taken.length === 0 ? 0 : taken.readUIntBE(0, width);
  };
  return {
    skip: (length: number) => void take(length),
    number,
    vector: (width: 1 | 2): Buffer => take(number(width)),
    left: () => (failed ? 0 : bytes.length - at),
    failed: () => failed,
  };
}
