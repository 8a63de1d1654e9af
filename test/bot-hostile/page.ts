/** `docs/bot-attacks.md`, from the corpus. Pure. */
import type { HostileKind } from './case.ts';

const HEAD = `# What is tried against the bot, and what happens

Made by the tests (\`test/bot-hostile.test.ts\`) from the corpus of hostile inputs in \`test/bot-hostile/\`. To write it anew after a
change: \`npx vitest run test/bot-hostile.test.ts -u\`. \`npm run test:bot\` plays every row through the real phases, each a process
of its own, against a double of GitHub with a real git remote; where a model has a part, in a real sandbox.

In every row: no program was started on the host but node and git, and no shell; nothing secret is in what the forge was sent or
holds, be it plain, in hex, in base64 or turned round; what is published holds no live mention, reference, link, HTML or command; no
output of a phase is a command of GitHub's runner; \`main\` has not moved, and there are at most one branch, one pull request and one
progress comment of the bot's. A refusal stands in that comment, and is all that was published.

| where | what is tried | what happens |
| --- | --- | --- |
`;

const cell = (text: string) => text.replaceAll('|', '\\|');

/** The whole page. */
export function attacksPage(corpus: readonly HostileKind[]): string {
  const rows = corpus.flatMap(({ kind, cases }) =>
    cases.map(({ name, happens }) => `| ${kind} | ${cell(name)} | ${cell(happens)} |\n`),
  );
  return HEAD + rows.join('');
}
