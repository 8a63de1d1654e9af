/** Finds the marker that says that all output before it belongs to a command. */

const NOTHING = Buffer.alloc(0);

export type MarkedStream = {
  /** Takes the next bytes; says whether the marker is in them. What comes after it is dropped: another process wrote it. */
  push(data: Buffer): boolean;
  /** What is held back because the marker might begin in it. */
  rest(): Buffer;
};

/**
 * Gives what comes before the marker to `emit`, however the stream is cut into pieces. The marker has its first byte nowhere
 * else but at its end. A piece may be overwritten once `push` has returned.
 */
export function untilMarker(marker: Buffer, emit: (data: Buffer) => void): MarkedStream {
  let held: Buffer = NOTHING;
  let found = false;
  return {
    push(data) {
      if (found) return false;
      const bytes = held.length > 0 ? Buffer.concat([held, data]) : data;
      const at = bytes.indexOf(marker);
      found = at >= 0;
      const keep = found ? 0 : partialMarker(bytes, marker);
      held = keep === 0 ? NOTHING : Buffer.from(bytes.subarray(bytes.length - keep));
      emit(bytes.subarray(0, found ? at : bytes.length - keep));
      return found;
    },
    rest: () => held,
  };
}

/** How many bytes at the end of `bytes` could be the beginning of `marker`. */
function partialMarker(bytes: Buffer, marker: Buffer): number {
  for (let length = 1; length < marker.length && length <= bytes.length; length += 1) {
    const at = bytes.length - length;
    if (bytes[at] === marker[0]) return bytes.compare(marker, 0, length, at) === 0 ? length : 0;
  }
  return 0;
}
