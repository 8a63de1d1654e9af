/** What an agent is told, drafted from commit messages. Pure. */

/** Lines at the end of a message that are about people and tools. */
const TRAILER = /^(?:[A-Z][\w-]*-by|Change-Id|Cc|git-svn-id): .*$/gim;

const DRAFT = `<!-- A draft, made of the commit messages. Write in its place an issue as a user would have written it before the fix: all that the
tests ask for, and nothing that gives the solution away. Then take this comment out. -->`;

/** `problem.md`. `messages` are those of the commits, the oldest first. */
export function draftProblem(messages: readonly string[]): string {
  const texts = messages.map((message) => message.replace(TRAILER, '').trim()).filter((text) => text !== '');
  return `${[DRAFT, ...texts].join('\n\n')}\n`;
}

/** One line for a task: the subject of the last commit that is no merge. */
export function draftTitle(messages: readonly string[], fix: string): string {
  const subjects = messages.map((message) => message.split('\n')[0]?.trim() ?? '').filter((subject) => subject !== '');
  return (
    subjects.findLast((subject) => !/^Merge /.test(subject)) ?? subjects.at(-1) ?? `The fix of ${fix.slice(0, 12)}`
  );
}
