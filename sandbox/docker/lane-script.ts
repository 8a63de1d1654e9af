/**
 * The shell text that a lane is fed. A lane is the image's POSIX shell (dash, BusyBox ash, bash as `sh`) that reads
 * its script from a pipe; each text below is complete, so that the lane is idle again after it.
 *
 * How an end is reported: on stdout the nonce between two NULs, which says that all output before it belongs to the
 * command; on stderr `E <nonce> <exit code> <processes> <orphans>`. The command has no way to the lane's stderr
 * (its own goes to stdout, and the lane's `/proc/PID/fd` is closed to it, see `LANE_SHELL`), so it cannot forge an end.
 */
import { shellQuote } from '../quote.ts';

/**
 * A copy of the image's shell that its user may execute but not read. A process that runs from such a file is not
 * dumpable, which closes its `/proc/PID/{fd,mem,environ}` to others of the same user.
 */
export const LANE_SHELL = '/usr/local/lib/drydock/sh';

/** Carries a process's id in its environment, so that all its descendants can be found. */
export const PROCESS_MARKER = 'DRYDOCK_PROCESS';

/**
 * The second mark of a process and its descendants: a hard limit of file locks, which Linux keeps but does not enforce,
 * made of the process's id. It outlives a cleared environment, `setsid` and a double fork, and is readable for all; it can
 * be lowered, never raised.
 */
function lockLimit(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16);
}

/** Prints a file of each process that carries one of the two marks of process `id`. */
function findMarked(id: string): string {
  const marks = `-e '${PROCESS_MARKER}=${id}' -e '^Max file locks  *[^ ]*  *${lockLimit(id)} '`;
  return `grep -l ${marks} /proc/[0-9]*/environ /proc/[0-9]*/limits 2>/dev/null`;
}

/** What a lane tells about itself when it opens. */
export type LaneHello = { pid: number; bash: boolean; setsid: boolean; git: boolean };

/** Asks a lane for its `LaneHello`. */
export function helloScript(nonce: string): string {
  const has = (name: string) => `$(command -v ${name} >/dev/null 2>&1 && echo y || echo n)`;
  return `printf 'H %s %s %s %s %s\\n' '${nonce}' "$$" "${has('bash')}" "${has('setsid')}" "${has('git')}" >&2\n`;
}

/** Parses the answer to `helloScript`; null when the line is something else. */
export function parseHello(line: string, nonce: string): LaneHello | null {
  const match = /^H (\S+) (\d+) ([yn]) ([yn]) ([yn])$/.exec(line);
  if (match?.[1] !== nonce) return null;
  return { pid: Number(match[2]), bash: match[3] === 'y', setsid: match[4] === 'y', git: match[5] === 'y' };
}

/** The bytes on stdout after which a command's output is complete. */
export function endMarker(nonce: string): Buffer {
  return Buffer.from(`\0${nonce}\0`);
}

/**
 * How a command ended, how many processes there were then, and the pids of `LIST_ORPHANS`. `oomKills`, there only for a
 * command that failed: how many processes the kernel has killed so far because the sandbox was at its limit of memory.
 */
export type LaneEnd = { exitCode: number; processes: number; orphans: number[]; oomKills?: number };

/**
 * The answer of a lane in a sandbox that is at its limit of processes: nothing of the text was run. Looked at before
 * the fork, since a shell that cannot fork dies of it, and a command that cannot fork helps nobody.
 */
export function fullLine(nonce: string): string {
  return `F ${nonce}`;
}

/** Whether a shell (dash, BusyBox ash, bash) says that it gave up forking. bash tries again for 15 s before. */
export function saysCannotFork(line: string): boolean {
  return /^\S+: (?:(?:line )?\d+: )?(?:Cannot fork|can't fork\b.*|fork: (?!retry)[^:]*)$/.test(line);
}

/** True for what bash says before it tries to fork again. */
export function saysForkAgain(line: string): boolean {
  return /^\S+: (?:line \d+: )?fork: retry: /.test(line);
}

/** With so many tasks a sandbox counts as full: a sixteenth of the limit is what git, a build or an exec needs. */
export function fullAt(pidsLimit: number): number {
  return pidsLimit - Math.ceil(pidsLimit / 16);
}

/**
 * Is true while there are fewer tasks (threads too) than `fullAt`, by the control group, version 2 or 1; where that
 * is hidden, fewer processes. Builtins only: this runs with each command, and where nothing can be forked.
 */
function hasRoom(pidsLimit: number): string {
  const read = (file: string) => `read -r DRYDOCK_TASKS 2>/dev/null <${file}`;
  return `{ ${read('/sys/fs/cgroup/pids.current')} || ${read('/sys/fs/cgroup/pids/pids.current')} ||
{ set -- /proc/[0-9]*; DRYDOCK_TASKS=$#; }; } && [ "$DRYDOCK_TASKS" -lt ${fullAt(pidsLimit)} ]`;
}

/**
 * Counts the processes, and sets `$@` to the children of the init process and of the lane itself. What outlives a command is
 * among those or descends from one: its parent is dead, and the kernel then gives it to init (a process can also be born as
 * the lane's child: CLONE_PARENT). So where nobody is there whom we do not know, nothing has outlived it, and nothing else
 * needs to be looked at. A kernel without such lists (CONFIG_PROC_CHILDREN) leaves all processes in `$@`. Builtins only,
 * 25 µs for each list; to read a process's `stat` takes 400 µs, byte by byte.
 */
const LIST_ORPHANS = (() => {
  const read = (variable: string, pid: string) =>
    `${variable}=; read -r ${variable} 2>/dev/null </proc/${pid}/task/${pid}/children`;
  return `set -- /proc/[0-9]*; DRYDOCK_COUNT=$#
${read('DRYDOCK_ORPHANS', '1')}; ${read('DRYDOCK_OWN', '$$')}
[ -z "$DRYDOCK_ORPHANS" ] || set -- $DRYDOCK_ORPHANS $DRYDOCK_OWN`;
})();

/** Parses an end report; null when the line is something else (a shell's own "Killed", for one). */
export function parseEnd(line: string, nonce: string): LaneEnd | null {
  const match = /^E (\S+) (\d+) (\d+) (.*)$/.exec(line);
  if (match?.[1] !== nonce) return null;
  const rest = match[4] ?? '';
  const orphans = [...rest.matchAll(/(?<= |^)(?:\/proc\/)?(\d+)(?= |$)/g)].map((found) => Number(found[1]));
  const oomKills = / oom_kill=(\d+)$/.exec(rest)?.[1];
  return {
    exitCode: Number(match[2]),
    processes: Number(match[3]),
    orphans,
    ...(oomKills === undefined ? {} : { oomKills: Number(oomKills) }),
  };
}

/**
 * Adds the control group's count of OOM kills (version 2 or 1) to `$@`: with exec, the engine's own word on it never
 * comes (`State.OOMKilled` stays false). Builtins only.
 */
const COUNT_OOM_KILLS = (() => {
  const read = (file: string) =>
    `while read -r DRYDOCK_KEY DRYDOCK_VALUE; do case "$DRYDOCK_KEY" in oom_kill) set -- "$@" "oom_kill=$DRYDOCK_VALUE";; esac; done <${file}`;
  return `{ ${read('/sys/fs/cgroup/memory.events')} || ${read('/sys/fs/cgroup/memory/memory.oom_control')}; } 2>/dev/null`;
})();

function reportEnd(nonce: string): string {
  return `rc=$?; ${LIST_ORPHANS}
[ "$rc" -eq 0 ] || ${COUNT_OOM_KILLS}
printf '\\000%s\\000' '${nonce}'; printf 'E %s %s %s %s\\n' '${nonce}' "$rc" "$DRYDOCK_COUNT" "$*" >&2\n`;
}

export type LaneCommand = {
  id: string;
  nonce: string;
  command: string;
  cwd: string;
  env: Record<string, string>;
  /** The sandbox's limit of tasks; in a full one nothing is run, see `fullAt`. */
  pidsLimit: number;
  /** The command reads the lane's own stdin. */
  inheritStdin: boolean;
};

/** The line on a lane's stderr after which its stdin belongs to the command; see `once`. */
export function stdinOpen(nonce: string): string {
  return `S ${nonce}`;
}

/**
 * What a lane does whose stdin was given away, until it is closed: were it to end with some of that unread, Podman would
 * break off what it has said last.
 */
const DRAIN = 'exec cat >/dev/null 2>&1';

/**
 * Runs a command of the model's in a session of its own. In the foreground, since a shell starts background commands
 * with SIGINT ignored, which the programs under test would inherit.
 */
export function commandScript(hello: LaneHello, run: LaneCommand): string {
  const env = Object.entries({ ...run.env, [PROCESS_MARKER]: run.id })
    .map(([name, value]) => `${name}=${shellQuote(value)}`)
    .join(' ');
  // With its path, since BusyBox takes a bare `sh` for itself: for the lane's unreadable copy, which hides the marker.
  const start = `exec ${hello.setsid ? 'setsid ' : ''}${hello.bash ? 'bash' : '/bin/sh'} -c ${shellQuote(run.command)}`;
  // bash and BusyBox say -x, dash says -w.
  const limit = lockLimit(run.id);
  const mark = `{ ulimit -x ${limit} || ulimit -w ${limit}; } 2>/dev/null`;
  return laneText(`${mark}; cd -- ${shellQuote(run.cwd)} && export ${env} && ${start}`, run, DRAIN);
}

/**
 * Runs shell text of ours in a fork of the lane itself. One that inherits the lane's stdin reads exactly what it is sent,
 * or fails: the lane then takes no more.
 */
export function internalScript(script: string, how: LaneText): string {
  return laneText(`${script}\n`, how, `[ "$rc" -eq 0 ] || ${DRAIN}`);
}

/**
 * Kills all that the agent's user has, but for the lane that runs this; says whether there is room now, which takes
 * until the init process has reaped. One system call, which no process can fork away from, and builtins: nothing
 * else works in a full sandbox. The form is the one that all three shells take.
 */
export function rescueScript(nonce: string, pidsLimit: number): string {
  return `kill -KILL -1 2>/dev/null\nif ${hasRoom(pidsLimit)}; then\n:; ${reportEnd(nonce)}else printf '${fullLine(nonce)}\\n' >&2; fi\n`;
}

type LaneText = Pick<LaneCommand, 'nonce' | 'pidsLimit' | 'inheritStdin'>;

/**
 * Runs `body` where there is room for it. One compound command, so that the shell has read all of it before it runs
 * any of it; with `inheritStdin` it does `afterStdin` at its end, so that what was left unread is never taken for script.
 */
function laneText(body: string, { nonce, pidsLimit, inheritStdin }: LaneText, afterStdin: string): string {
  const run = inheritStdin
    ? `printf '${stdinOpen(nonce)}\\n' >&2; (${body}) 2>&1\n${reportEnd(nonce)}${afterStdin}`
    : `(${body}) </dev/null 2>&1\n${reportEnd(nonce)}`;
  return `if ${hasRoom(pidsLimit)}; then\n${run}\nelse printf '${fullLine(nonce)}\\n' >&2; fi\n`;
}

/** Prints something for each process that lives and carries a mark of process `id`. */
export function survivorsScript(id: string): string {
  return `for f in $(${findMarked(id)}); do
  read -r stat 2>/dev/null <\${f%/*}/stat || continue
  case "\${stat##*) }" in Z*|X*) ;; *) echo "$f";; esac
done`;
}

/**
 * Kills every process that carries a mark of process `id`, shares a session with one that does, or descends from one; stopped
 * first, so that none forks away, in rounds until none is left. `spare` are the lanes' pids.
 */
export function killScript(id: string, spare: readonly number[]): string {
  return `spare=' ${spare.join(' ')} '; round=0; known=' '; sessions=' '
while [ $round -lt 20 ]; do
  round=$((round + 1)); found=
  for f in $(${findMarked(id)}); do
    p=\${f#/proc/}; p=\${p%/*}
    case "$known" in *" $p "*) ;; *) known="$known$p ";; esac
  done
  for d in /proc/[0-9]*; do
    p=\${d#/proc/}
    read -r stat 2>/dev/null <$d/stat || continue
    set -- \${stat##*) }
    case "$1" in Z|X) continue;; esac
    case "$spare" in *" $p "*|*" $4 "*) case "$known" in *" $p "*) ;; *) continue;; esac;; esac
    case "$known" in *" $p "*) mine=y;; *) mine=n;; esac
    case "$known" in *" $2 "*) [ "$2" = 1 ] || mine=y;; esac
    case "$sessions" in *" $4 "*) mine=y;; esac
    [ $mine = y ] || continue
    found="$found $p"
    case "$known" in *" $p "*) ;; *) known="$known$p ";; esac
    case "$spare" in *" $4 "*) ;; *) case "$sessions" in *" $4 "*) ;; *) sessions="$sessions$4 ";; esac;; esac
  done
  [ -n "$found" ] || break
  kill -STOP $found 2>/dev/null
  [ $round -eq 1 ] || kill -KILL $found 2>/dev/null
done`;
}
