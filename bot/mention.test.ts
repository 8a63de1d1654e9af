import { describe, expect, it } from 'vitest';
import { mentions } from './mention.ts';

describe('mentions', () => {
  it.each([
    '@drydock please fix this',
    'Could you, @Drydock?',
    'Thanks. (@drydock)',
    '- [ ] @drydock',
    '@drydock.',
    '**@drydock** do it',
    '> quoted\n\n@drydock look at that',
    '```\ncode\n```\n@drydock fix the code above',
    '`code` and @drydock and `more`',
    'a lone ` backtick @drydock',
    '<!-- hidden --> @drydock',
  ])('hears %j', (text) => {
    expect(mentions(text, '@drydock')).toBe(true);
  });

  it.each([
    'drydock',
    '@drydockx',
    '@drydock-x',
    '@drydock_x',
    'x@drydock',
    'me@drydock.example',
    '@drydock.example',
    '@drydock/team',
    'https://forge.example/@drydock',
    '> @drydock please',
    '  > @drydock please',
    '```\n@drydock\n```',
    '~~~text\n@drydock\n~~~',
    '````\n```\n@drydock\n```\n````',
    '```\n@drydock and no end',
    '> ```\n@drydock',
    '    @drydock',
    '`@drydock`',
    '`` a ` @drydock ``',
    '`over\n@drydock\nlines`',
    '<!-- @drydock -->',
    '<!-- @drydock',
    'a <!--\n@drydock\n--> b',
    '',
  ])('does not hear %j', (text) => {
    expect(mentions(text, '@drydock')).toBe(false);
  });

  it('takes no long time over a hostile text', () => {
    for (const part of ['`', '`a', '``a', '<!--', '~~~\n', '> ', '@drydoc']) {
      expect(mentions(part.repeat(Math.floor(65_536 / part.length)), '@drydock')).toBe(false);
    }
  });
});
