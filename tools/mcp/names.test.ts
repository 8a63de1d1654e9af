import { describe, expect, it } from 'vitest';
import { offeredNames } from './names.ts';

const TAKEN = /^[a-zA-Z0-9_-]{1,64}$/;
const of = (...tools: string[]) => offeredNames(tools.map((tool) => ({ server: 's', tool })));

describe('the names of offered tools', () => {
  it('are those of server and tool', () => {
    expect(of('read_file', 'get-sum')).toEqual(['mcp__s__read_file', 'mcp__s__get-sum']);
  });

  it('hold only what providers take, also where that makes two alike', () => {
    const names = of('a.b', 'a/b', 'Grüße');
    for (const name of names) expect(name).toMatch(TAKEN);
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toBe('mcp__s__Gr__e');
  });

  it('are cut where they are long, and stay apart', () => {
    const [one = '', two = ''] = of(`${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`);
    expect([one, two]).toEqual([expect.stringMatching(TAKEN), expect.stringMatching(TAKEN)]);
    expect(one).not.toBe(two);
  });

  it('do not depend on the order', () => {
    const tools = ['a.b', 'a/b', 'c'];
    expect(of(...tools.toReversed())).toEqual(of(...tools).toReversed());
  });

  it('cannot be made alike by a tool that is called like the hash of another', () => {
    const [one = ''] = of('a.b', 'a/b');
    expect(new Set(of('a.b', 'a/b', one.slice('mcp__s__'.length))).size).toBe(3);
  });

  it('tell servers apart whose names and tools run together', () => {
    const names = offeredNames([
      { server: 'a', tool: 'b__c' },
      { server: 'a__b', tool: 'c' },
    ]);
    expect(new Set(names).size).toBe(2);
  });
});
