/**
 * The engine's multiplexed stream format: frames of an eight-byte header (stream number, three zeros, length as a
 * big-endian 32-bit number) and a payload. https://docs.docker.com/reference/api/engine/ ("Stream format").
 *
 * Ours instead of docker-modem's `demuxStream`, which recurses per frame and copies what it has buffered for each
 * chunk; see the fault table in docs/sandbox.md.
 */

/** A frame whose header is not one: nothing after it can be trusted, so the channel must be closed. */
export class DemuxError extends Error {
  constructor(header: Buffer) {
    super(`the engine's stream is out of step: frame header ${header.toString('hex')}`);
    this.name = 'DemuxError';
  }
}

const HEADER_BYTES = 8;

/**
 * Returns a function that takes the stream's chunks, cut anywhere, and calls `onData` with the payload as it comes
 * (a frame may be handed over in several pieces, never copied, except for a header that two chunks share).
 * Throws `DemuxError`, from then on for every chunk.
 */
export function createDemux(onData: (stream: 'stdout' | 'stderr', data: Buffer) => void): (chunk: Buffer) => void {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let stream: 'stdout' | 'stderr' = 'stdout';
  let payloadBytes = 0;
  let failure: DemuxError | undefined;

  return (chunk) => {
    if (failure) throw failure;
    let at = 0;
    while (at < chunk.length) {
      if (payloadBytes > 0) {
        const end = Math.min(chunk.length, at + payloadBytes);
        onData(stream, chunk.subarray(at, end));
        payloadBytes -= end - at;
        at = end;
        continue;
      }
      const end = Math.min(chunk.length, at + HEADER_BYTES - headerBytes);
      headerBytes += chunk.copy(header, headerBytes, at, end);
      at = end;
      if (headerBytes < HEADER_BYTES) return;
      headerBytes = 0;
      const type = header[0];
      if ((type !== 1 && type !== 2) || header[1] !== 0 || header[2] !== 0 || header[3] !== 0) {
        failure = new DemuxError(Buffer.from(header));
        throw failure;
      }
      stream = type === 1 ? 'stdout' : 'stderr';
      payloadBytes = header.readUInt32BE(4);
    }
  };
}
