import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, type Edit } from './replace.ts';

const textOf = (original: string, ...edits: Edit[]): string => {
  const result = applyEdits(original, edits);
  return result.ok ? result.text : `refused: ${result.errors.join('\n')}`;
};

describe('applyEdits', () => {
  it('replaces a part of a line', () => {
    expect(textOf('let a = 1;\nlet b = 2;\n', { old: 'b = 2', new: 'b = 3' })).toBe('let a = 1;\nlet b = 3;\n');
  });

  it('matches every edit against the original, in any order', () => {
    expect(textOf('one two three', { old: 'three', new: 'one' }, { old: 'one', new: 'three' })).toBe('three two one');
  });

  it('replaces all occurrences only where it is told to', () => {
    expect(textOf('x x\nx\n', { old: 'x', new: 'y', replace_all: true })).toBe('y y\ny\n');
    expect(textOf('x x\nx\n', { old: 'x', new: 'y' })).toContain('occurs 3 times, at lines 1, 1 and 2');
  });

  it('counts places that overlap: the first is no better than the second', () => {
    const old = '}\n}\n';
    expect(textOf('}\n}\n}\nx\n', { old, new: '}\nNEW\n}\n' })).toContain('occurs 2 times, at lines 1 and 2');
    expect(textOf('a\n\n\nb\n', { old: '\n\n', new: '\nx\n' })).toContain('occurs 2 times');
    expect(textOf('}\n}\n}\n}\n}\nx\n', { old, new: 'y\n', replace_all: true })).toBe('y\ny\n}\nx\n');
  });

  it('refuses edits that overlap, and names them', () => {
    expect(textOf('abcd\n', { old: 'abc', new: '1' }, { old: 'cd', new: '2' })).toContain(
      'Edits 1 and 2 overlap at line 1',
    );
  });

  it('takes edits that only touch', () => {
    expect(textOf('abcd\n', { old: 'ab', new: '1' }, { old: 'cd', new: '2' })).toBe('12\n');
  });

  it('changes nothing when one edit does not match, and reports each', () => {
    const result = textOf('one\n', { old: 'one', new: '1' }, { old: 'zwei', new: '2' }, { old: 'drei', new: '3' });
    expect(result).toMatch(/^refused: Edit 2: .*\nEdit 3: /);
  });

  it('refuses an empty `old` and an edit that changes nothing', () => {
    expect(textOf('a', { old: '', new: 'b' })).toContain('write_file');
    expect(textOf('a', { old: 'a', new: 'a' })).toContain('the same');
  });

  it('keeps CRLF, and writes it in new lines', () => {
    expect(textOf('a\r\nb\r\nc\r\n', { old: 'a\nb\n', new: 'a\nB\nB2\n' })).toBe('a\r\nB\r\nB2\r\nc\r\n');
  });

  it('keeps each line ending of a mixed file', () => {
    expect(textOf('a\r\nb\nc\r\nd\n', { old: 'a\nb\nc', new: 'a\nB\nc' })).toBe('a\r\nB\nc\r\nd\n');
  });

  it('keeps a byte order mark', () => {
    expect(textOf('\uFEFFa\nb\n', { old: 'a\n', new: 'A\n' })).toBe('\uFEFFA\nb\n');
  });

  it('can add and remove the final newline', () => {
    expect(textOf('a\nb', { old: 'b', new: 'b\n' })).toBe('a\nb\n');
    expect(textOf('a\r\nb\r\n', { old: 'b\n', new: 'b' })).toBe('a\r\nb');
  });

  it('finds whole lines whose indentation or trailing space differs, keeps those it does not change, and says so', () => {
    const result = applyEdits('if x:\n\tfoo( a )  \n\tbar\n', [{ old: '  foo( a )\n  bar', new: '  foo( a )\n\tbaz' }]);
    expect(result).toMatchObject({ ok: true, text: 'if x:\n\tfoo( a )  \n\tbaz\n' });
    expect(result.ok && result.notes).toHaveLength(1);
  });

  it('finds look-alikes of Unicode', () => {
    expect(textOf('say “hi”\nx\n', { old: 'say "hi"\n', new: 'say bye\n' })).toBe('say bye\nx\n');
  });

  it('removes whole lines that were found with space ignored', () => {
    expect(textOf('a\n  b\nc\n', { old: 'b  \n', new: '' })).toBe('a\nc\n');
  });

  it('does not take a blank line for another one', () => {
    expect(textOf('a\n   \nb\n', { old: '\t\t', new: 'x' })).toContain('not in the file');
  });

  it('shows the nearest region when nothing matches', () => {
    const result = textOf('def f():\n    return a + b\n', { old: 'def f():\n    return a - b\n', new: 'x' });
    expect(result).toContain('Closest: lines 1-2, where 1 of 2 lines are equal');
    expect(result).toContain('2:     return a + b');
  });

  it('does what String.replace does, and touches no ending outside, for any unique string in any mixed text', () => {
    const piece = fc.constantFrom('a', 'b', 'c', '\n', '\r\n', ' ', 'é', '😀');
    const text = fc.array(piece, { minLength: 1, maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(), fc.nat(), text, (original, a, b, fresh) => {
        const lf = original.replaceAll('\r\n', '\n');
        const start = a % lf.length;
        const old = lf.slice(start, start + 1 + (b % (lf.length - start)));
        const wanted = fresh.replaceAll('\r\n', '\n');
        fc.pre(lf.indexOf(old) === lf.lastIndexOf(old) && old !== wanted && old.isWellFormed());
        const result = applyEdits(original, [{ old, new: fresh }]);
        expect(result.ok).toBe(true);
        if (!result.ok) return;
        expect(result.text.replaceAll('\r\n', '\n')).toBe(lf.slice(0, start) + wanted + lf.slice(start + old.length));
        // Lines wholly before the replaced string keep their bytes.
        const linesBefore = lf.slice(0, start).split('\n').length - 1;
        const kept = original.split('\n').slice(0, linesBefore);
        expect(result.text.split('\n').slice(0, linesBefore)).toEqual(kept);
      }),
    );
  });
});
