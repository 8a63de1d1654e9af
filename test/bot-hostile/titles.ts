/** Titles of issues: they come to be a prompt, the title of a pull request and the first line of a commit. */
import { expect } from 'vitest';
import type { HostileCase, HostileKind } from './case.ts';
import { labelled } from './play.ts';
import { TOUCH } from './tripwire.ts';

const titled = (name: string, title: string, happens: string, shown?: RegExp): HostileCase => ({
  ...{ name, happens },
  plant: (bot) => labelled(bot, { title }),
  ends: {
    kind: 'defused',
    look: ({ bot }) => {
      expect(bot.forge.pulls()).toHaveLength(1);
      if (shown !== undefined) expect(bot.forge.pulls()[0]?.title).toMatch(shown);
    },
  },
});

const PLAIN = 'the title is text in each place that it comes to';

export const TITLES: HostileKind = {
  kind: 'issue title',
  cases: [
    titled('a command substitution', `Sum $(${TOUCH}) is wrong`, PLAIN, /^Sum \$\(/),
    titled('backticks, quotes and separators', `\`${TOUCH}\`"; ${TOUCH}; '$(${TOUCH})' || ${TOUCH} #`, PLAIN),
    titled(
      'line breaks and commands of the runner',
      `Sum\n::set-output name=decision::work\r\n##[add-path]/tmp`,
      'the title becomes one line',
      /^Sum ::set-output/,
    ),
    titled('an option', `--upload-pack=${TOUCH}`, PLAIN, /^upload-pack=/),
    titled(
      'Markdown, HTML, a mention, another issue',
      '<img src=x onerror=alert(1)> [a](https://evil.invalid/?q=1) @everyone fixes #7 [skip ci]',
      'nothing of it is alive in the pull request and the commit',
      /everyone fixes 7 \(skip ci\)$/,
    ),
    titled(
      'an expression of workflows',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of GitHub's workflows
      '${{ secrets.GITHUB_TOKEN }} ${{ github.token }}',
      PLAIN,
      /secrets\.GITHUB_TOKEN/,
    ),
    titled(
      '256 characters with bidi and zero width among them',
      `${'\u202eSum\u200b\u2066 '.repeat(42)}`,
      'what cannot be seen is left out, the rest cut',
      /^(Sum )+.*…$/,
    ),
  ],
};
