import { expect, it } from 'vitest';
import { indentChange, pairsOf, reindent } from './indent.ts';

const changed = (sent: string[], there: string[], line: string) => reindent(line, indentChange(pairsOf(sent, there)));

it.each([
  ['as it is, where the block is', ['  a'], ['  a'], '      b', '      b'],
  ['spaces to tabs', ['    a', '        b'], ['\ta', '\t\tb'], '            c', '\t\t\tc'],
  ['tabs to spaces', ['\ta'], ['  a'], '\t\tc', '    c'],
  ['a level more', ['a', '  b'], ['  a', '    b'], '      c', '        c'],
  ['a level less', ['    a'], ['  a'], '      c', '    c'],
  ['as it was where it stood, where no rule explains all', ['a', '  b'], ['   a', '  b'], '  c', '  c'],
  ['blank lines not at all', ['a'], ['  a'], '   ', '   '],
])('new lines are changed like the block: %s', (_, sent, there, line, wanted) => {
  expect(changed(sent, there, line)).toBe(wanted);
});

it.each([
  ['no rule explains all lines, and none is indented like it', ['a', '  b'], ['   a', '  b'], '    c'],
  ['lines that were sent alike stand differently', ['a', 'b'], ['  a', '    b'], 'c'],
  ['there is less to take away than the rule says', ['    a'], ['a'], '  c'],
  ['it is right as it is, if only the old lines were wrong', ['a'], ['    a'], '    c'],
])('nothing is guessed where %s', (_, sent, there, line) => {
  expect(changed(sent, there, line)).toBeNull();
});
