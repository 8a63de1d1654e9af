/** Reads the output of git's `-z`, whose records are bytes. */

/** The records of a `-z` output, without their NULs. */
export function splitZero(output: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    const stop = end < 0 ? output.length : end;
    records.push(output.subarray(at, stop));
    at = stop + 1;
  }
  return records;
}
