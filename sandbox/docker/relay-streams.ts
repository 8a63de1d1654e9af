/** The connections that the relay carries, as streams. What either side may hold is bounded by the window of each. */
import { Duplex } from 'node:stream';
import {
  createFrameReader,
  encodeFrame,
  encodeGrant,
  type Frame,
  FrameError,
  MAX_PAYLOAD_BYTES,
} from './relay-frames.ts';
import { MAX_CONNECTIONS, WINDOW_BYTES } from './relay-program.ts';

export type RelayStreams = {
  /** Takes what the relay writes. Throws `FrameError` for what no relay of ours writes, and must not be called again. */
  push(chunk: Buffer): void;
  /** Ends all connections. */
  close(): void;
};

type Connection = { stream: Duplex; onData(data: Buffer): void; onGrant(bytes: number): void };

/** `send` writes to the relay; `onOpen` gets each new connection. */
export function createRelayStreams(options: {
  send: (frame: Buffer) => void;
  onReady: () => void;
  onOpen: (connection: Duplex) => void;
}): RelayStreams {
  const { send, onReady, onOpen } = options;
  const connections = new Map<number, Connection>();

  const open = (id: number): void => {
    if (connections.has(id)) throw new FrameError(`the relay opened connection ${id} twice`);
    if (connections.size >= MAX_CONNECTIONS) throw new FrameError('the relay opened too many connections');
    const connection = createConnection(id, send, () => connections.delete(id));
    connections.set(id, connection);
    onOpen(connection.stream);
  };

  const onFrame = ({ kind, connection: id, payload }: Frame): void => {
    if (kind === 'ready') onReady();
    if (kind === 'open') open(id);
    if (kind === 'ready' || kind === 'open') return;
    // One that was ended here; the relay did not know yet.
    const connection = connections.get(id);
    if (connection === undefined) return;
    if (kind === 'data') connection.onData(payload);
    else if (kind === 'end') connection.stream.push(null);
    else if (kind === 'close') connection.stream.destroy();
    else if (payload.length === 4) connection.onGrant(payload.readUInt32BE(0));
    else throw new FrameError('the relay granted no number');
  };

  return {
    push: createFrameReader(onFrame),
    close() {
      for (const { stream } of [...connections.values()]) stream.destroy();
    },
  };
}

function createConnection(id: number, send: (frame: Buffer) => void, onClose: () => void): Connection {
  /** What may still be sent to the client. */
  let window = WINDOW_BYTES;
  /** What the client may still send, and what of it has come since it was last granted more. */
  let allowance = WINDOW_BYTES;
  let received = 0;
  let waiting: { data: Buffer; done: () => void } | null = null;

  const flush = (): void => {
    while (waiting !== null && window > 0) {
      const { data, done } = waiting;
      const size = Math.min(data.length, window, MAX_PAYLOAD_BYTES);
      send(encodeFrame('data', id, data.subarray(0, size)));
      window -= size;
      waiting = size < data.length ? { data: data.subarray(size), done } : null;
      if (waiting === null) done();
    }
  };

  const stream = new Duplex({
    // Half the window, so that the other half is under way while this one is read.
    readableHighWaterMark: WINDOW_BYTES / 2,
    read() {
      if (received * 2 < WINDOW_BYTES) return;
      send(encodeGrant(id, received));
      allowance += received;
      received = 0;
    },
    write(data: Buffer, _encoding, done) {
      waiting = { data, done };
      flush();
    },
    final(done) {
      send(encodeFrame('end', id));
      done();
    },
    destroy(error, done) {
      onClose();
      send(encodeFrame('close', id));
      done(error);
    },
  });
  return {
    stream,
    onData(data) {
      if (data.length > allowance) throw new FrameError('the relay sent more than it may');
      allowance -= data.length;
      received += data.length;
      stream.push(data);
    },
    onGrant(bytes) {
      window += bytes;
      if (window > WINDOW_BYTES) throw new FrameError('the relay granted more than it was sent');
      flush();
    },
  };
}
