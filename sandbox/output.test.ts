import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutputBuffer } from './output.ts';

const text = (output: { head: Buffer; tail: Buffer }) => `${output.head}|${output.tail}`;

describe('output buffer', () => {
  it('keeps everything while it fits the cap', () => {
    const buffer = createOutputBuffer(10);
    buffer.push(Buffer.from('abc'));
    buffer.push(Buffer.from('defghij'));
    expect(text(buffer.whole())).toBe('abcde|fghij');
    expect(buffer.whole().totalBytes).toBe(10);
  });

  it('drops the middle and counts it once the cap is passed', () => {
    const buffer = createOutputBuffer(6);
    for (const letter of 'abcdefghijklmnop') buffer.push(Buffer.from(letter));
    expect(text(buffer.whole())).toBe('abc|nop');
    expect(buffer.whole().totalBytes).toBe(16);
  });

  it('gives with take only what came since the last take', () => {
    const buffer = createOutputBuffer(100);
    buffer.push(Buffer.from('one'));
    expect(text(buffer.take(false))).toBe('one|');
    expect(buffer.take(false)).toEqual({ head: Buffer.alloc(0), tail: Buffer.alloc(0), totalBytes: 0 });
    buffer.push(Buffer.from('two'));
    expect(text(buffer.take(false))).toBe('two|');
    expect(text(buffer.whole())).toBe('onetwo|');
  });

  it('leaves a character that has not come whole for the next take, unless nothing more comes', () => {
    for (const character of ['ü', '☃', '😀']) {
      const bytes = Buffer.from(character);
      for (let cut = 1; cut < bytes.length; cut += 1) {
        const buffer = createOutputBuffer(100);
        buffer.push(Buffer.concat([Buffer.from('a'), bytes.subarray(0, cut)]));
        expect(buffer.take(false)).toMatchObject({ head: Buffer.from('a'), totalBytes: 1 });
        buffer.push(bytes.subarray(cut));
        expect(text(buffer.take(false))).toBe(`${character}|`);
      }
      const buffer = createOutputBuffer(100);
      buffer.push(bytes.subarray(0, 1));
      expect(buffer.take(true).head).toEqual(bytes.subarray(0, 1));
    }
  });

  it('does not change a result that was handed out', () => {
    const buffer = createOutputBuffer(4);
    buffer.push(Buffer.from('abcd'));
    const before = buffer.whole();
    buffer.push(Buffer.from('wxyz'));
    expect(text(before)).toBe('ab|cd');
  });

  it('equals the first and last bytes of the concatenation, for any chunks and any cap', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(60), (chunks, cap) => {
        const buffer = createOutputBuffer(cap);
        for (const chunk of chunks) buffer.push(chunk);
        const all = Buffer.concat(chunks);
        const headBytes = Math.min(all.length, Math.ceil(cap / 2));
        const tailBytes = Math.min(all.length - headBytes, cap - Math.ceil(cap / 2));
        expect(buffer.whole()).toEqual({
          head: all.subarray(0, headBytes),
          tail: all.subarray(all.length - tailBytes),
          totalBytes: all.length,
        });
      }),
    );
  });

  it('loses and repeats nothing over many takes when no take passes the cap', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.boolean())), (steps) => {
        const buffer = createOutputBuffer(4000);
        const taken: Buffer[] = [];
        for (const [chunk, take] of steps) {
          buffer.push(chunk);
          if (take) {
            const { head, tail } = buffer.take(false);
            taken.push(head, tail);
          }
        }
        const { head, tail } = buffer.take(true);
        expect(Buffer.concat([...taken, head, tail])).toEqual(Buffer.concat(steps.map(([chunk]) => chunk)));
      }),
    );
  });
});
