/**
 * The format between this process and the relay (`relay-program.ts`), over the relay's stdin and stdout: a header of
 * one byte for the kind, four for the connection's number, two for the payload's length, all big-endian; the payload.
 */

/** What a frame says. Sent by the relay only: `open`, `ready`; by both: the others. */
export const FRAME_KINDS = {
  /** A client has connected. */
  open: 1,
  data: 2,
  /** The sender has no more data for this connection. */
  end: 3,
  /** The connection is over, in both directions. */
  close: 4,
  /** The receiver of data has room for so many more bytes (four, big-endian). */
  grant: 5,
  /** The relay listens. */
  ready: 6,
} as const;

export type FrameKind = keyof typeof FRAME_KINDS;
export type Frame = { kind: FrameKind; connection: number; payload: Buffer };

/**
 * Comes before the first frame to the relay, which passes over all before it: Podman hands the body of the attach
 * request (docker-modem's options, as JSON) to the container's stdin.
 */
export const START = Buffer.from([0]);

const HEADER_BYTES = 7;
/** No frame has more payload: small enough that connections take turns. */
export const MAX_PAYLOAD_BYTES = 16 * 1024;

const KINDS = new Map<number, FrameKind>([
  [1, 'open'],
  [2, 'data'],
  [3, 'end'],
  [4, 'close'],
  [5, 'grant'],
  [6, 'ready'],
]);

/** What arrives is not in the format, or not in the order that it allows: nothing after it can be trusted. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FrameError';
  }
}

/** One frame as bytes. The payload must not be longer than `MAX_PAYLOAD_BYTES`. */
export function encodeFrame(kind: FrameKind, connection: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt8(FRAME_KINDS[kind], 0);
  frame.writeUInt32BE(connection, 1);
  frame.writeUInt16BE(payload.length, 5);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

/** The frame that grants so many bytes. */
export function encodeGrant(connection: number, bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(bytes);
  return encodeFrame('grant', connection, payload);
}

/**
 * Returns a function that takes chunks, cut anywhere, and calls `onFrame` for each whole frame. Keeps at most one frame.
 * Throws `FrameError`, from then on for every chunk.
 */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + MAX_PAYLOAD_BYTES);
  let filled = 0;
  let wanted = HEADER_BYTES;
  let failure: FrameError | undefined;
  const fail = (message: string): FrameError => {
    failure = new FrameError(message);
    return failure;
  };

  return (chunk) => {
    if (failure) throw failure;
    for (let at = 0; at < chunk.length; ) {
      const end = Math.min(chunk.length, at + wanted - filled);
      filled += chunk.copy(frame, filled, at, end);
      at = end;
      if (filled < wanted) return;
      const kind = KINDS.get(frame.readUInt8(0));
      if (kind === undefined) throw fail(`the relay sent a frame of an unknown kind: ${frame.readUInt8(0)}`);
      const length = frame.readUInt16BE(5);
      if (length > MAX_PAYLOAD_BYTES) throw fail(`the relay sent a frame that is too long: ${length} bytes`);
      wanted = HEADER_BYTES + length;
      if (filled < wanted) continue;
      const payload = Buffer.from(frame.subarray(HEADER_BYTES, wanted));
      const connection = frame.readUInt32BE(1);
      filled = 0;
      wanted = HEADER_BYTES;
      try {
        onFrame({ kind, connection, payload });
      } catch (error) {
        throw error instanceof FrameError ? fail(error.message) : error;
      }
    }
  };
}
