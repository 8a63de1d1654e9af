/** What of a Dockerfile has to be known without building it. */

/**
 * The folder in which the image's commands start: the last WORKDIR of the last stage, with those of the stage that it is built on;
 * null where there is none. `unknown`: it has a variable whose value is not in the file.
 */
export function workdirOf(dockerfile: string): { workdir: string | null } | { unknown: string } {
  const stages = new Map<string, string | null>();
  const variables = new Map<string, string>();
  let stage = '';
  let workdir: string | null = null;
  for (const [word, rest] of instructions(dockerfile)) {
    if (word === 'FROM') {
      const [, base = '', name] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
      workdir = stages.get(base.toLowerCase()) ?? null;
      stage = (name ?? '').toLowerCase();
    } else if (word === 'ARG' || word === 'ENV') {
      for (const [name, value] of assignments(rest)) variables.set(name, expand(value, variables) ?? value);
    } else if (word === 'WORKDIR') {
      const path = expand(unquote(rest), variables);
      if (path === null) return { unknown: rest };
      workdir = path.startsWith('/') ? path : `${workdir === null || workdir === '/' ? '' : workdir}/${path}`;
    }
    if (stage !== '') stages.set(stage, workdir);
  }
  return { workdir: workdir === null ? null : workdir.replace(/(.)\/+$/, '$1') };
}

/** Instructions with what stands behind them: lines that go on are one, and the text of here-documents is left out. */
function* instructions(dockerfile: string): Generator<[string, string]> {
  const lines = dockerfile.split(/\r?\n/);
  const mark = /^#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 5).join('\n')) ? '`' : '\\';
  for (let index = 0; index < lines.length; index++) {
    let line = (lines[index] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    while (line.endsWith(mark) && index + 1 < lines.length) {
      const next = (lines[++index] ?? '').trim();
      if (!next.startsWith('#')) line = `${line.slice(0, -1)} ${next}`;
    }
    const [, word = '', rest = ''] = /^(\S+)\s*(.*?)\s*$/s.exec(line) ?? [];
    if (/^(?:RUN|COPY|ADD)$/i.test(word)) {
      for (const [, dash, end] of rest.matchAll(/<<(-?)["']?([A-Za-z_]\w*)["']?/g)) {
        const isEnd = (text: string) => (dash === '-' ? text.replace(/^\t+/, '') : text) === end;
        while (++index < lines.length && !isEnd(lines[index] ?? ''));
      }
    }
    yield [word.toUpperCase(), rest];
  }
}

function assignments(text: string): [string, string][] {
  const pairs = [...text.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|[^\s\\])*)/g)];
  if (pairs.length > 0) return pairs.map(([, name = '', value = '']) => [name, unquote(value)]);
  const [, name, value] = /^([A-Za-z_]\w*)\s+(.*)$/.exec(text) ?? [];
  return name === undefined || value === undefined ? [] : [[name, value]];
}

function unquote(text: string): string {
  return text.replace(/^(["'])(.*)\1$/s, '$2');
}

/** Null where a variable is not known. */
function expand(text: string, variables: ReadonlyMap<string, string>): string | null {
  let isKnown = true;
  const done = text.replace(/\$(?:(\w+)|\{(\w+)(?::-([^}]*))?\})/g, (_, plain, braced, usual) => {
    const value = variables.get(plain ?? braced) ?? usual;
    if (value === undefined) isKnown = false;
    return value ?? '';
  });
  return isKnown && !done.includes('$') ? done : null;
}
