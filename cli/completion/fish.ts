/** Completion for fish, which has words of its own for all of it. */
import { shellQuote } from '../../sandbox/index.ts';
import type { CommandWords, Values } from './words.ts';

const SESSIONS = `function __drydock_sessions
    set -l folder $HOME/.local/state
    string match -q '/*' -- "$XDG_STATE_HOME"; and set folder $XDG_STATE_HOME
    echo last
    command ls -1r -- $folder/drydock/sessions 2>/dev/null | string match -v '*.*'
end`;

/** The script for fish. */
export function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ path, commands: inner, options, arguments: taken }) => {
    const here = path.split(' ').filter((word) => word !== '');
    const seen = here.map((word) => `__fish_seen_subcommand_from ${word}`);
    const names = inner.map(({ name }) => name);
    const before = path === '' ? ['__fish_use_subcommand'] : seen;
    const not = path === '' || names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(' ')}`];
    const when = shellQuote([...before, ...not].join('; and '));
    return [
      ...inner.map(({ name, description }) => `${complete(when)} -a ${name} -d ${shellQuote(description)}`),
      ...options.map(({ flags, description, values }) => {
        const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
        return `${complete(when)} ${named.join(' ')} -d ${shellQuote(description)}${values === null ? '' : ` ${offer(values)}`}`;
      }),
      ...taken.flatMap(({ values }) => (values === 'unknown' ? [] : [`${complete(when)} ${offer(values)}`])),
    ];
  });
  const header = '# fish completion of drydock; made by: drydock completion fish';
  return [header, SESSIONS, 'complete -c drydock -f', ...lines, ''].join('\n');
}

function complete(when: string): string {
  return `complete -c drydock -n ${when}`;
}

function offer(values: Values): string {
  if (values === 'unknown') return '-x';
  if (values === 'files') return '-r -F';
  if (values === 'folders') return "-x -a '(__fish_complete_directories)'";
  return values === 'sessions' ? "-x -k -a '(__drydock_sessions)'" : `-x -k -a ${shellQuote(values.join(' '))}`;
}
