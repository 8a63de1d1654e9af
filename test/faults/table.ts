/** `docs/faults.md`, from what the runs of the matrix have shown. Pure. */

/** One cell: what a run with this adapter showed. */
export type Shown = { fault: string; adapter: string; lines: string[]; requests: number; code: number };

const HEAD = `# What happens when the model or its provider fails

Made by the tests (\`test/faults.test.ts\`), which play each fault to the real command line with each adapter, in the middle
of a task wherever that can be, and look at the files, the following requests, the log and stderr. To write it anew after a
change: \`npx vitest run test/faults.test.ts -u\`.

In every cell: so many requests and no more; no command run twice, and none that was cut; each call with its result in
every following request; one line on stderr where the run failed, and one last event, \`run.finished\`, that says the same.
Adapters that show the same share a row. \`…\` stands for a time or an amount; the first request, before the fault, is counted.

| fault | adapter | what the user sees on stderr | requests | exit code |
| --- | --- | --- | --- | --- |
`;

/** The lines of a run's stderr that tell of the fault: notes, failed calls, and the last word. */
export function tellingLines(stderr: string): string[] {
  const lines = stderr
    .split('\n')
    .filter((line) => /^(! |✗ |drydock: )/.test(line) && !line.startsWith('! no isolation'))
    .map((line) =>
      line
        .replace(/trying again in \S+ \(\d+\)/, 'trying again in …')
        .replace(/^(✗ .*) \S+?(ms|s)( · exit \d+)?$/, '$1')
        // What the first turn cost depends on how long a path is.
        .replace(/\$\d+\.\d{4}/, '$…')
        // So does what fills the window, by a token.
        .replace(/takes about \d+ tokens: [^—]*/, 'takes about … tokens: … ')
        .replace(/(too_large \(nothing more can be left out;) [^)]*\)/, '$1 …)')
        // Which one it is depends on the resolver.
        .replace('EAI_AGAIN', 'ENOTFOUND'),
    );
  return lines.flatMap((line, index) => {
    if (line === lines[index - 1]) return [];
    const next = lines.findIndex((other, at) => at > index && other !== line);
    const times = (next < 0 ? lines.length : next) - index;
    return [times === 1 ? code(line) : `${times} × ${code(line)}`];
  });
}

/** The whole page. */
export function faultsPage(cells: readonly Shown[]): string {
  const faults = [...new Set(cells.map(({ fault }) => fault))];
  const rows = faults.flatMap((fault) => {
    const groups = Map.groupBy(
      cells.filter((cell) => cell.fault === fault),
      ({ lines, requests, code }) => [lines.join('<br>') || 'nothing', requests, code].join(' | '),
    );
    return [...groups].map(([shown, alike]) => {
      const adapters = groups.size === 1 ? 'all' : alike.map(({ adapter }) => adapter).join(', ');
      return `| ${fault} | ${adapters} | ${shown} |\n`;
    });
  });
  return HEAD + rows.join('');
}

/** As code in a table, whose text may hold backquotes and bars. */
function code(text: string): string {
  const safe = text.replaceAll('|', '\\|');
  return safe.includes('`') ? `\`\` ${safe} \`\`` : `\`${safe}\``;
}
