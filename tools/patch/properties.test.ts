/** What holds for any file and any patch. Patches are made by a generator of ours and go through parser, matcher and plan. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffLine, diffLines, type Hunk, oldLinesOf, patchText, toHunks } from '../../test/patch-text.ts';
import { decodeFile, encodeFile } from '../text-file.ts';
import { splitLines } from './lines.ts';
import { parsePatch } from './parse.ts';
import { planPatch } from './plan.ts';
import { applyEdits } from './replace.ts';

/** Few different lines, so that duplicates and look-alikes are common; marks of the format and of Unicode among them. */
const line = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', '', '  a', 'a ', '\ta', '}', '“a”', '"a"', 'é – ü', '😀') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('@@ x', '*** End Patch', '*** Update File: f', '-b', '+c', '*** End of File'),
  },
  {
    weight: 3,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll(/[\r\n]/g, '_')),
  },
  { weight: 2, arbitrary: fc.nat({ max: 99 }).map((n) => `    line(${n});`) },
);
const file = fc.array(line, { minLength: 1, maxLength: 24 });

/** Random edits of random lines: each line is kept, dropped, replaced, or gets lines before it. */
const edits = fc.infiniteStream(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({ keep: true, adds: [] as string[] }) },
    { weight: 1, arbitrary: fc.record({ keep: fc.boolean(), adds: fc.array(line, { maxLength: 3 }) }) },
  ),
);

function edited(before: readonly string[], steps: Iterable<{ keep: boolean; adds: string[] }>): string[] {
  const iterator = steps[Symbol.iterator]();
  return before.flatMap((text) => {
    const { keep, adds } = iterator.next().value ?? { keep: true, adds: [] };
    return keep ? [...adds, text] : adds;
  });
}

/** At how many places of the file the hunk's old lines stand. */
function placesOf(before: readonly string[], hunk: Hunk): number {
  const old = oldLinesOf(hunk);
  return before.filter((_, at) => old.every((text, offset) => before[at + offset] === text)).length;
}

/** The hunks with at least `context` lines, and with so many more that each has one place, as a careful model gives. */
function clearHunks(before: readonly string[], all: readonly DiffLine[], context: number): Hunk[] {
  const hunks = toHunks(all, context);
  const isClear = hunks.every((hunk) => oldLinesOf(hunk).length > 0 && placesOf(before, hunk) === 1);
  return isClear || context > before.length ? hunks : clearHunks(before, all, context + 1);
}

type Outcome = { bytes: Buffer; notes: string[] } | { refused: string };

function applyTo(original: Buffer, patch: string): Outcome {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return { refused: parsed.error };
  const plan = planPatch(parsed.changes, new Map([['f', decodeFile(original)]]), (path) => path);
  if (!plan.ok) return { refused: plan.problems.map(({ message }) => message).join('\n') };
  const [operation] = plan.operations;
  if (operation?.kind !== 'write') throw new Error('one write is expected');
  return { bytes: encodeFile(operation.content), notes: plan.notes };
}

/** A file's bytes: lines with their endings, a byte order mark or none, a final newline or none. */
function toBytes(lines: readonly string[], eol: string, bom: boolean, endsOpen: boolean): Buffer {
  const text = lines.map((each, index) => each + (endsOpen && index === lines.length - 1 ? '' : eol)).join('');
  return Buffer.from((bom ? '\uFEFF' : '') + text);
}

const eol = fc.constantFrom('\n', '\r\n');
const contextSize = fc.integer({ min: 0, max: 4 });

describe('a generated patch', () => {
  it('always applies, and gives the target bytes', () => {
    fc.assert(
      fc.property(
        file,
        edits,
        eol,
        fc.boolean(),
        fc.boolean(),
        contextSize,
        (before, steps, ending, bom, open, size) => {
          const after = edited(before, steps);
          const hunks = clearHunks(before, diffLines(before, after), size);
          // An open file that ends in an empty line is one with a newline; one of a single line has no ending to keep.
          fc.pre(!(open && before.length === 1 && ending === '\r\n'));
          fc.pre(hunks.length > 0 && !(open && (before.at(-1) === '' || after.at(-1) === '' || after.length === 0)));
          const result = applyTo(toBytes(before, ending, bom, open), patchText('f', hunks));
          expect(result).toMatchObject({ bytes: toBytes(after, ending, bom, open) });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('keeps the bytes of each line that it does not name, where endings are mixed, and ends new lines as one beside them', () => {
    fc.assert(
      fc.property(file, fc.infiniteStream(eol), edits, contextSize, (before, endings, steps, size) => {
        const iterator = endings[Symbol.iterator]();
        const withEol = before.map((text) => ({ text, eol: iterator.next().value ?? '\n' }));
        const after = edited(before, steps);
        const all = diffLines(before, after);
        const hunks = clearHunks(before, all, size);
        fc.pre(hunks.length > 0);
        const original = Buffer.from(withEol.map((each) => each.text + each.eol).join(''));
        const result = applyTo(original, patchText('f', hunks));
        if ('refused' in result) throw new Error(result.refused);
        const { lines } = splitLines(result.bytes.toString());
        expect(lines.map(({ text }) => text)).toEqual(after);
        const used = new Set(withEol.map((each) => each.eol));
        expect(lines.every((each) => each.eol !== '' && used.has(each.eol))).toBe(true);
        const kept = lines.filter((_, at) => all.filter(({ kind }) => kind !== 'remove')[at]?.kind === 'context');
        const ought = withEol.filter((_, at) => all.filter(({ kind }) => kind !== 'add')[at]?.kind === 'context');
        expect(kept).toEqual(ought);
      }),
      { numRuns: 500 },
    );
  });

  it('with too little context is applied as meant or refused', () => {
    fc.assert(
      fc.property(file, edits, contextSize, (before, steps, size) => {
        const after = edited(before, steps);
        const hunks = toHunks(diffLines(before, after), size);
        fc.pre(hunks.length > 0 && hunks.every((hunk) => oldLinesOf(hunk).length > 0));
        const result = applyTo(toBytes(before, '\n', false, false), patchText('f', hunks));
        if ('bytes' in result) expect(result.bytes).toEqual(toBytes(after, '\n', false, false));
      }),
      { numRuns: 1000 },
    );
  });
});

/** What models do to lines that they copy. */
const mutation = fc.constantFrom<((text: string) => string)[]>(
  (text) => text.trimEnd(),
  (text) => `${text} `,
  (text) => text.trimStart(),
  (text) => `    ${text}`,
  (text) => text.replaceAll('\t', '    '),
  (text) => text.replaceAll('    ', '\t'),
  (text) => text.replaceAll(/[“”]/g, '"').replaceAll('–', '-'),
  () => 'stale',
);

/** Lines that differ in what the passes forgive, beside any others. */
const twin = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'a ', '  a', '\ta', '“a”', '"a"', 'b', '    b', 'b ', '') },
  { weight: 1, arbitrary: line },
);

describe('a patch whose context was changed', () => {
  it('is refused, or changes the line that it was made for, or says where else it could', () => {
    const mutations = fc.array(fc.option(mutation, { freq: 2 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(twin, { minLength: 1, maxLength: 16 }),
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        fc.oneof(
          mutations,
          mutation.map((each) => [each, each, each, each]),
        ),
        fc.boolean(),
        (before, anywhere, size, anyRemoved, changes, drops) => {
          const at = anywhere % before.length;
          const old = before.slice(at, at + size);
          const removed = anyRemoved % old.length;
          fc.pre(placesOf(before, { at, lines: old.map((text) => ({ kind: 'context', text })) }) === 1);
          // The new line is nowhere else: where it stands then tells where the patch was applied.
          const lines = old.flatMap((text, index): DiffLine[] => {
            const sent = changes[index]?.(text) ?? text;
            if (index === removed)
              return [
                { kind: 'remove', text: sent },
                { kind: 'add', text: 'MARK' },
              ];
            return drops && index === 0 ? [] : [{ kind: 'context', text: sent }];
          });
          const result = applyTo(toBytes(before, '\n', false, false), patchText('f', [{ at, lines }]));
          if ('refused' in result) return;
          const after = splitLines(result.bytes.toString()).lines.map(({ text }) => text);
          const place = after.findIndex((text) => text.trim() === 'MARK');
          expect(after.toSpliced(place, 1)).toEqual(before.toSpliced(place, 1));
          if (place !== at + removed) expect(result.notes.join()).toContain('looks the same');
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('a patch that adds a line, with a line of context lost', () => {
  it('is refused, or adds it where it was meant to, or says what stands beside it now', () => {
    const few = fc.nat({ max: 3 });
    fc.assert(
      fc.property(
        // With a line twice, what is left can be the patch for another place, word for word.
        fc.uniqueArray(line, { minLength: 2, maxLength: 16, selector: (text) => text.trim() }),
        fc.nat(),
        fc.record({ above: few, between: few, below: few }),
        fc.boolean(),
        fc.nat(),
        (before, anywhere, size, removes, anyLost) => {
          const removed = anywhere % before.length;
          const at = Math.min(before.length, removed + 1 + size.between);
          const lines = before.flatMap((text, index): DiffLine[] => {
            const kind = removes && index === removed ? 'remove' : 'context';
            const isNear = index >= removed - size.above && index < at + size.below;
            const own: DiffLine[] = isNear ? [{ kind, text }] : [];
            return index === at - 1 ? [...own, { kind: 'add', text: 'MARK' }] : own;
          });
          const around = lines.flatMap(({ kind }, index) => (kind === 'context' ? [index] : []));
          fc.pre(around.length > 1);
          const sent = lines.toSpliced(around[anyLost % around.length] ?? 0, 1);
          const result = applyTo(toBytes(before, '\n', false, false), patchText('f', [{ at: 0, lines: sent }]));
          if ('refused' in result) return;
          const after = splitLines(result.bytes.toString()).lines.map(({ text }) => text);
          const meant = removes ? at - 1 : at;
          if (after.indexOf('MARK') !== meant) {
            expect(result.notes.join()).toMatch(/has no context|looks the same|ignored/);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('edits', () => {
  it('that replace unique strings apart from each other give the exact text, in any order', () => {
    // Pieces with a number are unique; between them lies anything.
    const piece = fc.oneof(fc.constantFrom('', 'x', '\n', '\r\n', ' ', '“', '😀', '}\n'), line);
    fc.assert(
      fc.property(
        fc.array(fc.record({ before: piece, fresh: fc.option(piece, { nil: null }) }), { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        fc.nat(),
        (parts, bom, turn) => {
          const lf = (text: string): string => text.replaceAll('\r\n', '\n');
          const text = (replaced: boolean): string =>
            (bom ? '\uFEFF' : '') +
            parts.map(({ before, fresh }, at) => before + (replaced && fresh !== null ? fresh : `<${at}>`)).join('');
          const wanted = parts.flatMap(({ fresh }, at) => (fresh === null ? [] : [{ old: `<${at}>`, new: fresh }]));
          fc.pre(wanted.length > 0);
          const turned = wanted
            .map((_, at) => wanted[(at + turn) % wanted.length])
            .filter((each) => each !== undefined);
          const result = applyEdits(text(false), turned);
          if (!result.ok) throw new Error(result.errors.join('\n'));
          expect(lf(result.text)).toBe(lf(text(true)));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the parser', () => {
  it('gives changes or one line of error for any text, and never throws', () => {
    const token = fc.oneof(
      fc.constantFrom(
        '*** Begin Patch',
        '*** End Patch',
        '*** Add File: f',
        '*** Update File: f',
        '*** Delete File: f',
      ),
      fc.constantFrom('*** Move to: g', '*** End of File', '@@', '@@ x @@', '```', "apply_patch <<'E'", 'E', '', '\r'),
      fc.constantFrom('+a', '-a', ' a', '\t', '\n', '\n\n', ' '),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const soup = fc.array(token, { maxLength: 30 }).map((parts) => parts.join('\n'));
    const wrapped = soup.map((text) => `*** Begin Patch\n${text}\n*** End Patch`);
    fc.assert(
      fc.property(fc.oneof(soup, wrapped, fc.string({ unit: 'binary' })), (text) => {
        const parsed = parsePatch(text);
        if (parsed.ok) expect(parsed.changes.length).toBeGreaterThan(0);
        else expect(parsed.error).toMatch(/^[^\n]+$/);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['spaces', `@@${' '.repeat(2_000_000)}x`],
    ['blank lines in an added file', `*** Add File: g\n+a\n${'\n'.repeat(1_000_000)}+b`],
    ['blank lines in a chunk', `@@\n-a\n${'\n'.repeat(1_000_000)}+b`],
    ['chunks', '@@\n-a\n+b\n'.repeat(200_000)],
    ['fences', '```\n'.repeat(500_000)],
    ['carriage returns', `@@\n ${'\r'.repeat(2_000_000)}x`],
  ])('takes two million characters of %s in one go', (_, body) => {
    // Quadratic time would be hours, in which the test is ended.
    const parsed = parsePatch(`*** Begin Patch\n*** Update File: f\n${body}\n*** End Patch`);
    expect(typeof parsed.ok).toBe('boolean');
  });
});
