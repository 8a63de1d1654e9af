import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capInstructions, instructionPaths, MAX_INSTRUCTION_BYTES, renderInstructions } from './instructions.ts';

const asIs = (text: string) => text;
const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });

describe('instructions', () => {
  it('are looked for from the root down to the folder that the run starts in', () => {
    expect(instructionPaths('')).toEqual(['AGENTS.md']);
    expect(instructionPaths('packages/a')).toEqual(['AGENTS.md', 'packages/AGENTS.md', 'packages/a/AGENTS.md']);
  });

  it('keep whole files in their order, and leave out empty ones', () => {
    const files = [file('AGENTS.md', ' root \n'), file('a/AGENTS.md', '\n'), file('a/b/AGENTS.md', 'b')];
    const kept = capInstructions(files, asIs);
    expect(kept).toEqual([
      { path: 'AGENTS.md', text: 'root', truncated: false },
      { path: 'a/b/AGENTS.md', text: 'b', truncated: false },
    ]);
  });

  it('cut the file that crosses the cap, and drop those after it', () => {
    const files = [
      file('AGENTS.md', 'x'.repeat(MAX_INSTRUCTION_BYTES - 3)),
      file('a/AGENTS.md', 'abcdef'),
      file('a/b/AGENTS.md', 'late'),
    ];
    const kept = capInstructions(files, asIs);
    expect(kept.map(({ path, truncated }) => [path, truncated])).toEqual([
      ['AGENTS.md', false],
      ['a/AGENTS.md', true],
    ]);
    expect(kept[1]?.text).toBe('abc');
  });

  it('cut between characters, never inside one', () => {
    const [kept] = capInstructions([file('AGENTS.md', `${'x'.repeat(MAX_INSTRUCTION_BYTES - 1)}é`)], asIs);
    expect(kept).toEqual({ path: 'AGENTS.md', text: 'x'.repeat(MAX_INSTRUCTION_BYTES - 1), truncated: true });
  });

  it('are cut after their secrets have been taken out, so that no cut goes through one', () => {
    const secret = 'correct-horse-battery';
    const text = `${'x'.repeat(MAX_INSTRUCTION_BYTES - 10)}${secret}${'y'.repeat(100)}`;
    const [kept] = capInstructions([file('AGENTS.md', text)], (whole) => whole.replaceAll(secret, '[redacted]'));
    expect(kept?.text).toBe(`${'x'.repeat(MAX_INSTRUCTION_BYTES - 10)}[redacted]`);
    expect(kept?.truncated).toBe(true);
  });

  it('stay within the cap, each the beginning of its file, whatever the files are', () => {
    const character = fc.constantFrom('x', ' ', '\n', 'é', '漢', '👩‍💻');
    const contents = fc.oneof(
      fc.array(character, { maxLength: 20 }).map((characters) => characters.join('')),
      fc.tuple(character, fc.nat(20_000)).map(([text, n]) => text.repeat(n)),
    );
    fc.assert(
      fc.property(fc.array(contents, { maxLength: 4 }), (texts) => {
        const files = texts.map((text, index) => file(`${index}`, text));
        const kept = capInstructions(files, asIs);
        const total = kept.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
        expect(total).toBeLessThanOrEqual(MAX_INSTRUCTION_BYTES);
        for (const { path, text, truncated } of kept) {
          const whole = (texts[Number(path)] ?? '').trim();
          expect(truncated ? whole.startsWith(text) : whole === text).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('are rendered once each, with their path, and say where they were cut', () => {
    const text = renderInstructions([
      { path: 'AGENTS.md', text: 'Use tabs.', truncated: false },
      { path: 'a/AGENTS.md', text: 'Long', truncated: true },
    ]);
    expect(text).toBe(
      '<instructions file="AGENTS.md">\nUse tabs.\n</instructions>\n\n' +
        '<instructions file="a/AGENTS.md">\nLong\n[cut here: the file is longer]\n</instructions>',
    );
    expect(renderInstructions([])).toBe('');
  });
});
