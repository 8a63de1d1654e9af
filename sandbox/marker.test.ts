import fc from 'fast-check';
import { expect, it } from 'vitest';
import { untilMarker } from './marker.ts';

const MARKER = Buffer.from('\0abc\0');

function read(pieces: readonly Buffer[]) {
  const said: Buffer[] = [];
  const stream = untilMarker(MARKER, (data) => said.push(Buffer.from(data)));
  const found = pieces.filter((piece) => stream.push(piece)).length;
  return { found, said: Buffer.concat(said).toString('latin1'), rest: stream.rest().toString('latin1') };
}

it('gives what comes before the marker, wherever the stream is cut, and nothing after it', () => {
  const text = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', 'c', 'x'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, fc.array(fc.nat(40), { maxLength: 8 }), (before, after, cuts) => {
      const whole = Buffer.from(`${before}${MARKER}${after}`, 'latin1');
      const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
      const pieces = at.slice(1).map((end, index) => whole.subarray(at[index], end));
      // The text before it may have made a marker of its own.
      const expected = whole.toString('latin1').split(MARKER.toString('latin1'))[0];
      expect(read(pieces)).toEqual({ found: 1, said: expected, rest: '' });
    }),
  );
});

it('holds back what may be the beginning of the marker, and no more', () => {
  expect(read([Buffer.from('out\0ab')])).toEqual({ found: 0, said: 'out', rest: '\0ab' });
  expect(read([Buffer.from('out\0ab'), Buffer.from('x')])).toEqual({ found: 0, said: 'out\0abx', rest: '' });
});
