import { describe, expect, it } from 'vitest';
import { foldAll, foldPays, foldSuperseded } from './fold.ts';
import { historyOf, prompt, ran, read, turn } from './sample-items.ts';

const folded = (actions: ReturnType<typeof foldAll>) =>
  actions.flatMap((action) => ('handle' in action ? [action.handle] : []));

describe('folding what tells nothing any more', () => {
  it('takes a file that was read again as a whole, not one that was read in part', () => {
    const seen = historyOf(
      prompt('task'),
      turn(1, [read('src/a.ts'), read('b.ts')]),
      turn(2, [read('./src/a.ts')]),
      turn(3, [{ ...read('b.ts', 50, 100), args: { path: 'b.ts', limit: 50 } }]),
    );
    expect(folded(foldSuperseded(seen, seen.length, '/w'))).toEqual(['m2.1']);
  });

  it('takes a file that was written anew, a command that ran again, and a copy', () => {
    const seen = historyOf(
      prompt('task'),
      turn(1, [read('a.ts'), ran('npm test', 1)]),
      turn(2, [{ name: 'write_file', args: { path: '/w/a.ts', content: 'x' } }, ran('npm test', 1)]),
      turn(3, [{ name: 'recall', args: { words: 'x' }, result: 'found '.repeat(100) }]),
      turn(4, [ran('ls', 0)]),
    );
    expect(folded(foldSuperseded(seen, 4, '/w'))).toEqual(['m2.1', 'm2.2', 'm4.1']);
  });

  it('leaves what is in the tail, what differs in its arguments, and an edit that only failed', () => {
    const seen = historyOf(
      prompt('task'),
      turn(1, [read('a.ts'), ran('npm test', 0)]),
      turn(2, [{ name: 'write_file', args: { path: 'a.ts', content: 'x' }, error: true }, ran('npm test -- a', 0)]),
      turn(3, [ran('ls', 0)]),
      turn(4, [ran('ls', 0)]),
    );
    expect(foldSuperseded(seen, 3, '/w')).toEqual([]);
  });

  it('says in one line what it was, how it ended, how long it was and how it comes back', () => {
    const seen = historyOf(prompt('task'), turn(1, [ran('npm  test\n--all', 2, 'x'.repeat(400))]));
    expect(foldAll(seen, seen.length)).toMatchObject([
      { type: 'fold', text: '[folded: shell npm test --all, exit 2, 400 bytes; to save room; recall m2.1]' },
    ]);
  });

  it('leaves a result that is hardly longer than its line', () => {
    const seen = historyOf(prompt('task'), turn(1, [ran('ls', 0, 'a\nb\n')]));
    expect(foldAll(seen, seen.length)).toEqual([]);
  });
});

describe('whether folding pays', () => {
  const seen = historyOf(
    prompt('task'),
    turn(1, [read('a.ts', 2000)]),
    turn(2, [read('a.ts', 2000)]),
    turn(3, [read('c.ts', 200)]),
  );
  const actions = foldSuperseded(seen, 3, '/w');
  const prices = { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 };

  it('depends on how many requests are still to come', () => {
    expect(foldPays(seen, actions, 20, prices)).toBe(true);
    expect(foldPays(seen, actions, 3, prices)).toBe(false);
  });

  it('depends on what the provider takes for its cache', () => {
    expect(foldPays(seen, actions, 3, { ...prices, cacheRead: 1, cacheWrite: 1 })).toBe(true);
    expect(foldPays(seen, actions, 20, { ...prices, cacheRead: 0.01, cacheWrite: 1.25 })).toBe(false);
  });

  it('is never so where there is nothing to fold', () => {
    expect(foldPays(seen, [], 20, prices)).toBe(false);
  });
});
