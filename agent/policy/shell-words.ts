/**
 * A shell command cut into the simple commands that it runs, those in substitutions and subshells too. It sees what a person
 * sees who reads the command; where that is not sure, `unclear` says why.
 */

/** `known`: the text is what the program gets. `glob`: it may stand for names of files, or for several words. */
export type Word = { text: string; known: boolean; glob: boolean };

/** Simple commands without their redirections and the variables set before them. */
export type ShellCommands = { commands: Word[][]; unclear: string | null };

type HereDocument = { end: string; quoted: boolean; tabs: boolean };

/** Substitutions in substitutions; a person writes two. */
const MAX_DEPTH = 20;
const ASSIGNMENT = /^[A-Za-z_]\w*(?:\[[^\]]*\])?\+?=/;
/** Words before a command that run nothing themselves, and those that end such a construct. */
const KEYWORDS = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', '{', '!', 'time', 'coproc']);
const ENDS = new Set(['fi', 'done', '}', 'esac']);
/** What follows these are names, not commands. */
const LOOPS = new Set(['for', 'select']);
const UNREAD = new Set(['case', 'function']);

/** What can begin a command that is no simple one. */
const RESERVED = new Set([...KEYWORDS, ...LOOPS, ...UNREAD, '[[']);

/** Cuts `source` up. Never throws. */
export function shellCommands(source: string): ShellCommands {
  const found: ShellCommands = { commands: [], unclear: null };
  read(source, found, 0);
  return found;
}

function read(source: string, found: ShellCommands, depth: number): void {
  let at = 0;
  let words: Word[] = [];
  let nested = depth;
  const documents: HereDocument[] = [];
  const unclear = (why: string) => {
    found.unclear ??= why;
  };
  if (depth > MAX_DEPTH) {
    unclear('substitutions are nested too deeply');
    return;
  }
  // To some shells the one is nothing, and the other a part of a word.
  if (/[\0\r]/.test(source)) unclear('it has a NUL character or a carriage return in it');

  const finish = () => {
    const command = words;
    words = [];
    for (let first = command[0]; first !== undefined; first = command[0]) {
      if (!ASSIGNMENT.test(first.text) && !KEYWORDS.has(first.text) && !ENDS.has(first.text)) break;
      // Before an option it is a program, or a keyword with one: in either case it starts what its words name.
      if (first.text === 'time' && command[1]?.text.startsWith('-')) break;
      command.shift();
      // A coprocess that is no simple command has a name before it.
      if (first.text === 'coproc' && RESERVED.has(command[1]?.text ?? '')) command.shift();
    }
    const [first] = command;
    if (first === undefined || LOOPS.has(first.text)) return;
    if (UNREAD.has(first.text)) unclear(`\`${first.text}\` is not read`);
    found.commands.push(command);
  };

  const script = (isInside: boolean): void => {
    while (at < source.length) {
      const here = source[at] ?? '';
      const two = source.slice(at, at + 2);
      if (here === ' ' || here === '\t' || here === '\r') at++;
      else if (two === '\\\n') at += 2;
      else if (here === '\n') {
        finish();
        at++;
        skipDocuments();
      } else if (two === '&>') redirection();
      else if (here === ';' || here === '&' || here === '|') {
        finish();
        at++;
      } else if (here === '(') {
        // In bash it is arithmetic, in others commands: what follows is a document in one of them only.
        const end = two === '((' ? arithmeticEnd(at + 2) : null;
        if (end !== null && source.slice(at, end).includes('<<')) unclear('a shift may be a here-document');
        finish();
        inside(1);
      } else if (here === ')') {
        finish();
        at++;
        if (isInside) return;
        unclear('a parenthesis is closed that was not opened');
      } else if (two === '<(' || two === '>(') {
        substitution(2);
        words.push({ text: '', known: false, glob: false });
      } else if (here === '<' || here === '>') redirection();
      else if (here === '#') while (at < source.length && source[at] !== '\n') at++;
      else words.push(...word());
    }
    finish();
    if (isInside) unclear('a parenthesis is not closed');
    if (documents.length > 0) unclear('a here-document has no end');
  };

  /** The commands between parentheses, the first of which ends `skip` characters on. */
  const inside = (skip: number) => {
    at += skip;
    nested++;
    if (nested > MAX_DEPTH) {
      unclear('substitutions are nested too deeply');
      at = source.length;
    } else script(true);
    nested--;
  };
  /** The same amid a command, whose words so far are kept. */
  const substitution = (skip: number) => {
    const outer = words;
    words = [];
    inside(skip);
    words = outer;
  };

  /**
   * Where the arithmetic ends whose two parentheses have been opened before `from`; null: they are those of subshells. Quotes
   * are not looked at here, so `arithmetic` takes none for sure.
   */
  const arithmeticEnd = (from: number): number | null => {
    let open = 0;
    for (let index = from; index < source.length; index++) {
      if (source[index] === '(') open++;
      else if (source[index] === ')' && open-- === 0) return source[index + 1] === ')' ? index : null;
    }
    return null;
  };

  /** Arithmetic up to `end`, in which no redirection is one; the commands in it are read. */
  const arithmetic = (end: number, made: Word) => {
    at += 3;
    if (/['"\\\n;]/.test(source.slice(at, end))) unclear('arithmetic with quotes or several lines is not read');
    while (at < end) {
      if (source[at] === '$' || source[at] === '`') expansion(made, true);
      else at++;
    }
    if (at > end) unclear('arithmetic does not end where its parentheses do');
    at = Math.max(at, end + 2);
  };

  const redirection = () => {
    const operator = /^(?:&>>?|<<<|<<-?|[<>]+[&|]?)/.exec(source.slice(at, at + 4))?.[0] ?? '';
    at += operator.length;
    while (source[at] === ' ' || source[at] === '\t') at++;
    const from = at;
    const [target] = word();
    if (operator !== '<<' && operator !== '<<-') return;
    if (!target?.known) unclear('the end of a here-document is not known');
    const raw = source.slice(from, at);
    if (raw.includes('\\\n')) unclear('the end of a here-document is not known');
    const quoted = /['"\\]/.test(raw);
    documents.push({ end: target?.text ?? '', quoted, tabs: operator === '<<-' });
  };

  const skipDocuments = () => {
    const rawLine = () => {
      const newline = source.indexOf('\n', at);
      const line = source.slice(at, newline === -1 ? source.length : newline);
      at = newline === -1 ? source.length : newline + 1;
      return line;
    };
    const goesOn = (line: string) => (/\\+$/.exec(line)?.[0].length ?? 0) % 2 === 1;
    for (const { end, quoted, tabs } of documents.splice(0)) {
      const isEnd = (line: string) => (tabs ? line.replace(/^\t+/, '') : line) === end;
      for (let isOver = false; !isOver; ) {
        if (at >= source.length) {
          unclear('a here-document has no end');
          return;
        }
        const parts = [rawLine()];
        // A line goes on behind a backslash.
        while (!quoted && at < source.length && goesOn(parts.at(-1) ?? '')) parts.push(rawLine());
        const line = parts.map((part, index) => (index < parts.length - 1 ? part.slice(0, -1) : part)).join('');
        isOver = isEnd(line);
        // Not all shells see an end in the same of these.
        if (parts.length > 1 && (isOver || parts.some(isEnd))) unclear('where a here-document ends is not known');
        if (!isOver && !quoted && /\$\(|`/.test(line)) unclear('a here-document runs commands');
      }
    }
  };

  /** One word, or none where it was the number of a file descriptor before a redirection. */
  const word = (): Word[] => {
    const made: Word = { text: '', known: true, glob: false };
    const from = at;
    let braces = false;
    for (; at < source.length; ) {
      const here = source[at] ?? '';
      if (' \t\r\n;&|()<>'.includes(here)) break;
      if (here === '\\') {
        if (source[at + 1] !== '\n') made.text += source[at + 1] ?? '';
        at += 2;
      } else if (here === "'") {
        const end = source.indexOf("'", at + 1);
        if (end === -1) unclear('a quote is not closed');
        made.text += source.slice(at + 1, end === -1 ? source.length : end);
        at = end === -1 ? source.length : end + 1;
      } else if (here === '"') doubleQuoted(made);
      else if (here === '$' || here === '`') expansion(made, false);
      else {
        braces ||= here === '{';
        // Braces stand for several words where there is a comma or a range in them.
        if (/[*?[]/.test(here) || (braces && /^(?:,|\.\.)/.test(source.slice(at, at + 2)))) made.glob = true;
        made.text += here;
        at++;
      }
    }
    const raw = source.slice(from, at);
    if (raw === '') {
      // A character that stands where no word can begin: go on behind it.
      at++;
      return [];
    }
    // An index goes on behind blanks and redirections; `[` and `[[` are programs.
    if (made.glob && /[^[]\[[^\]]*$|^\[[^[\]]+$/.test(made.text)) unclear('a bracket is not closed');
    return /^\d+$/.test(raw) && /[<>]/.test(source[at] ?? '') ? [] : [made];
  };

  const doubleQuoted = (made: Word) => {
    at++;
    while (at < source.length && source[at] !== '"') {
      const here = source[at] ?? '';
      if (here === '\\' && /[$`"\\\n]/.test(source[at + 1] ?? '')) {
        if (source[at + 1] !== '\n') made.text += source[at + 1];
        at += 2;
      } else if (here === '$' || here === '`') expansion(made, true);
      else {
        made.text += here;
        at++;
      }
    }
    if (at >= source.length) unclear('a quote is not closed');
    at++;
  };

  /** What begins with a dollar sign or a backquote: its value is not known, the commands in it are. */
  const expansion = (made: Word, isQuoted: boolean) => {
    const next = source[at + 1] ?? '';
    if (source[at] === '`') {
      const end = /^(?:[^\\`]|\\[\s\S])*/.exec(source.slice(at + 1))?.[0].length ?? 0;
      if (source[at + 1 + end] !== '`') unclear('a backquote is not closed');
      read(source.slice(at + 1, at + 1 + end).replace(/\\([$`\\])/g, '$1'), found, nested + 1);
      at += end + 2;
    } else if (next === '(') {
      const end = source[at + 2] === '(' ? arithmeticEnd(at + 3) : null;
      if (end === null) substitution(2);
      else arithmetic(end, made);
    } else if (next === '[') {
      unclear('`$[` is not read');
      at += 2;
    } else if (next === '{') parameter();
    else if (next === "'" && !isQuoted) {
      const text = /^\$'(?:[^\\']|\\[\s\S])*/.exec(source.slice(at))?.[0].length ?? 2;
      if (source[at + text] !== "'") unclear('a quote is not closed');
      at += text + 1;
    } else if (next === '"' && !isQuoted) {
      at++;
      return;
    } else {
      const name = /^\$(?:\w+|[@*#?$!-])/.exec(source.slice(at, at + 200))?.[0];
      at += name?.length ?? 1;
      if (name === undefined) {
        made.text += '$';
        return;
      }
    }
    made.known = false;
  };

  const parameter = () => {
    const from = at;
    let open = 0;
    do {
      if (source[at] === '{') open++;
      if (source[at] === '}') open--;
      at += source[at] === '\\' ? 2 : 1;
    } while (at < source.length && (open > 0 || at === from + 1));
    if (open > 0) unclear('a brace is not closed');
    if (/\$\(|`|['"]/.test(source.slice(from, at))) unclear('a variable stands for commands or quotes');
  };

  script(false);
}
