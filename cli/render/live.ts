/** A run as it happens, for a person: text as it streams, a line per tool call, a status line that spins. */
import type { TaskEvent } from '../../agent/index.ts';
import { addUsage, NO_USAGE } from '../../models/index.ts';
import type { SessionEvent } from '../../session/index.ts';
import { compaction } from './compactions.ts';
import { mcp } from './mcp.ts';
import { modelChange } from './model-change.ts';
import { network } from './network.ts';
import { overseen } from './overseen.ts';
import { noCommands } from './runner-commands.ts';
import { cost, duration, hitRate, oneLine, painter, printable, tokens } from './text.ts';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

const networkWords = { none: ', no network', allow: ', network by allowlist', full: '' };

/** What the renderer writes to: stderr, so that stdout stays for the result. */
export type Screen = { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined };

/** `note` prints a line of the command itself. While it is held it prints nothing, and all of it when it goes on. */
export type Live = {
  show(event: TaskEvent): void;
  note(text: string): void;
  hold(): void;
  goOn(): void;
  stop(): void;
};

/** Makes the renderer. On a terminal the status line is redrawn; elsewhere only finished lines are written. */
export function createLive(screen: Screen, env: NodeJS.ProcessEnv): Live {
  const paint = painter(screen, env);
  const animated = screen.isTTY === true && env.TERM !== 'dumb';
  const startedAt = Date.now();
  let usage = NO_USAGE;
  let turns = 0;
  let doing = 'starting';
  let since = Date.now();
  let frame = 0;
  let midLine = false;
  let statusShown = false;
  let streamed = false;
  const calls = new Map<string, { name: string; argumentsText: string }>();

  const clear = () => {
    if (statusShown) screen.write('\r\x1b[K');
    statusShown = false;
  };
  /** What came while the screen was another's; null: it is not. */
  let waiting: (() => void)[] | null = null;
  const status = () => {
    if (!animated || midLine || waiting !== null) return;
    const spent =
      turns > 0
        ? ` · ${tokens(usage.inputTokens)} in${hitRate(usage)}, ${tokens(usage.outputTokens)} out · ${cost(usage.costUsd)}`
        : '';
    const text = `${FRAMES[frame % FRAMES.length]} ${doing} ${duration(Date.now() - since)}${spent} · ${duration(Date.now() - startedAt)} in all`;
    // A terminal that does not know its width says 0.
    screen.write(`\r\x1b[K${paint('dim', text.slice(0, (screen.columns || 80) - 1))}`);
    statusShown = true;
  };
  const timer = animated
    ? setInterval(() => {
        frame += 1;
        status();
      }, FRAME_MS)
    : undefined;
  timer?.unref();

  const endLine = () => {
    if (midLine) screen.write('\n');
    midLine = false;
  };
  const line = (text: string) => {
    clear();
    endLine();
    // What is not a terminal may be the log of a step of CI.
    screen.write(`${animated ? text : noCommands(text)}\n`);
    status();
  };
  const stream = (text: string, dim: boolean) => {
    if (!animated) return;
    clear();
    const safe = printable(text);
    if (safe === '') return;
    screen.write(dim ? paint('dim', safe) : safe);
    midLine = !safe.endsWith('\n');
    streamed = true;
  };
  const set = (what: string) => {
    doing = what;
    since = Date.now();
  };

  const onLog = (event: SessionEvent) => {
    switch (event.type) {
      case 'session.created':
        line(
          paint(
            'dim',
            `session ${event.id} · ${event.model} · ${event.sandbox.backend}${networkWords[event.sandbox.network]}`,
          ),
        );
        if (event.sandbox.backend === 'host') {
          const { user, workspace } = event.sandbox;
          line(paint('yellow', `! no isolation: commands run on this machine, in ${workspace}, as ${user ?? 'you'}`));
        }
        break;
      case 'model.requested':
        set('thinking');
        streamed = false;
        break;
      case 'model.retried':
        line(
          paint(
            'yellow',
            `! ${oneLine(event.error.message, 200).replace(/\.$/, '')}; trying again in ${duration(event.delayMs)} (${event.attempt})`,
          ),
        );
        break;
      case 'model.responded': {
        usage = addUsage(usage, event.usage);
        turns += 1;
        for (const part of event.message.content) {
          if (part.type === 'tool_call') calls.set(part.id, { name: part.name, argumentsText: part.arguments });
          if (part.type === 'compaction') line(paint('yellow', '! the provider shortened the history'));
          if (part.type === 'text' && !streamed && part.text.trim() !== '') line(printable(part.text.trim()));
        }
        endLine();
        set('working');
        break;
      }
      case 'compaction.started':
        set('compacting');
        break;
      case 'compaction.finished':
      case 'compaction.failed': {
        usage = addUsage(usage, event.usage);
        const text = compaction(event, paint);
        if (text !== '') line(text);
        break;
      }
      case 'model.changed':
        line(modelChange(event, paint));
        break;
      case 'tool.started':
        set(oneLine(describeCall(event.name, calls.get(event.callId)?.argumentsText ?? ''), 60));
        break;
      case 'tool.finished': {
        const call = describeCall(event.name, calls.get(event.callId)?.argumentsText ?? '');
        const mark = event.isError ? paint('red', '✗') : paint('green', '✓');
        const exit = typeof event.details.exitCode === 'number' ? ` · exit ${event.details.exitCode}` : '';
        line(`${mark} ${oneLine(call, 110)} ${paint('dim', `${duration(event.durationMs)}${exit}`)}`);
        if (event.isError) {
          const text = event.content.map((part) => (part.type === 'text' ? part.text : '')).join(' ');
          line(paint('dim', `    ${oneLine(text, 160)}`));
        }
        set('working');
        break;
      }
      case 'verify.finished':
        line(
          event.exitCode === 0
            ? `${paint('green', '✓')} verify: ${oneLine(event.command, 100)} ${paint('dim', duration(event.durationMs))}`
            : `${paint('red', '✗')} verify: ${oneLine(event.command, 100)} ${paint('dim', `exit ${event.exitCode ?? 'none'}`)}`,
        );
        break;
      case 'mcp.listed':
      case 'mcp.server':
        for (const problem of mcp(event, paint).split('\n')) if (problem !== '') line(problem);
        break;
      case 'policy.decided':
      case 'hook.finished': {
        const text = overseen(event, paint);
        // A hook that has nothing against it is in the log.
        if (text !== '' && (event.type === 'policy.decided' || event.outcome !== 'ok')) line(text);
        break;
      }
      case 'limit.breached':
        line(paint('yellow', `! ${oneLine(event.text, 200)}`));
        break;
      case 'network.connection':
        // What goes well is in the log; what does not may be why the model is stuck.
        if (event.verdict !== 'allowed') line(network(event, paint));
        break;
      case 'notice':
        // The two have been told in words of their own.
        if (!['verify_failed', 'model_changed'].includes(event.reason))
          line(paint('yellow', `! ${oneLine(event.text, 160)}`));
        break;
      default:
    }
  };

  const showNow = (event: TaskEvent) => {
    if (event.type === 'log') onLog(event.event);
    else if (event.type === 'progress') line(paint('dim', oneLine(event.text, 160)));
    else if (event.delta.type === 'text_delta') stream(event.delta.text, false);
    else if (event.delta.type === 'reasoning_delta') stream(event.delta.text, true);
    else if (event.delta.type === 'retry') endLine();
  };
  const goOn = () => {
    const late = waiting ?? [];
    waiting = null;
    for (const print of late) print();
  };

  return {
    show(event) {
      if (waiting === null) showNow(event);
      else waiting.push(() => showNow(event));
    },
    note(text) {
      const print = () => line(paint('yellow', text));
      if (waiting === null) print();
      else waiting.push(print);
    },
    hold() {
      clear();
      endLine();
      waiting ??= [];
    },
    goOn,
    stop() {
      goOn();
      clearInterval(timer);
      clear();
      endLine();
    },
  };
}

/** A call in a few words: the tool's name and the argument that says most. Shown only, so broken JSON is no matter. */
export function describeCall(name: string, argumentsText: string): string {
  let value: unknown;
  try {
    value = JSON.parse(argumentsText);
  } catch {
    return `${name} ${argumentsText}`;
  }
  if (typeof value !== 'object' || value === null) return name;
  const fields = Object.entries(value);
  const telling = ['command', 'path', 'pattern', 'query', 'handle', 'input'];
  const found = telling
    .map((key) => fields.find(([field]) => field === key)?.[1])
    .find((text) => typeof text === 'string');
  if (typeof found !== 'string') return name;
  const files = [...found.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)].map((match) => match[1]);
  if (name === 'apply_patch' && files.length > 0) return `${name} ${files.join(', ')}`;
  return `${name} ${found}`;
}
