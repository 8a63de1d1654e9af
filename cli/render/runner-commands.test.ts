import { expect, it } from 'vitest';
import { noCommands } from './runner-commands.ts';

it.each([
  ['::set-output name=a::b', ': :set-output name=a::b'],
  ['one\n \t::add-mask::x\r\n::stop-commands::y', 'one\n \t: :add-mask::x\r\n: :stop-commands::y'],
  ['see ##[add-path]/tmp', 'see # #[add-path]/tmp'],
  ['###[group]', '## #[group]'],
])('a command of the runner in a line of others is none: %j', (text, plain) => {
  expect(noCommands(text)).toBe(plain);
});

it.each(['std::vector<int>', 'a: :b', '## [link]', '# Title'])('what is no command stays: %j', (text) => {
  expect(noCommands(text)).toBe(text);
});
