/** Whether a comment calls the bot. Pure. */

/**
 * Whether `mention` (such as `@drydock`) stands in what a person wrote: not in code, not in a quote of somebody else, not in an
 * HTML comment that nobody sees, and not as a part of a longer name or an address. Upper and lower case are one, as in logins.
 */
export function mentions(text: string, mention: string): boolean {
  const name = mention.replace(/[^A-Za-z0-9@-]/g, '');
  const call = new RegExp(`(?<![A-Za-z0-9_@/.+-])${name}(?![A-Za-z0-9_/@-]|\\.[A-Za-z0-9])`, 'i');
  return call.test(spoken(text));
}

/** What is left of a comment without code, quotes and HTML comments. Where it is not clear what something is, it is taken out. */
function spoken(text: string): string {
  const kept: string[] = [];
  let fence: string | null = null;
  for (const line of withoutHtmlComments(text).split(/\r\n|\r|\n/)) {
    const mark = /^[ \t>*+-]*(`{3,}|~{3,})/.exec(line)?.[1] ?? null;
    if (fence !== null) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = null;
    } else if (mark !== null) {
      fence = mark;
    } else if (!/^(\s*>| {4}|\t)/.test(line)) {
      kept.push(line);
    }
  }
  // An inline code span ends with as many backticks as it begins with, and may run over lines.
  return kept.join('\n').replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, ' ');
}

function withoutHtmlComments(text: string): string {
  let result = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    if (start === -1) return result + text.slice(from);
    result += `${text.slice(from, start)} `;
    const end = text.indexOf('-->', start + 4);
    if (end === -1) return result;
    from = end + 3;
  }
}
