/**
 * GitHub's runner takes lines of whatever a step prints for commands: `::name …` at the begin of a line, and the older `##[name …]`
 * anywhere in one (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands). A model's or a
 * repository's words must be none. Pure.
 */

/** The same text, in which no line is such a command. */
export function noCommands(text: string): string {
  return text.replace(/^([^\S\n]*):(?=:)/gm, '$1: ').replaceAll('##[', '# #[');
}
