/** `drydock show`: a session's log, as a story or as JSON Lines. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { checkTurn, readSession, unsavedAt } from '../../agent/index.ts';
import { encodeLine, readEvents, type SessionEvent, upToTurn } from '../../session/index.ts';
import { callOptions, parseOptions, turnOption } from '../options.ts';
import { writeOut } from '../output.ts';
import { compaction, describeCompactions } from '../render/compactions.ts';
import { describeCall } from '../render/live.ts';
import { mcp } from '../render/mcp.ts';
import { modelChange } from '../render/model-change.ts';
import { network } from '../render/network.ts';
import { overseen } from '../render/overseen.ts';
import { duration, oneLine, type Paint, painter, printable, spending } from '../render/text.ts';
import { addToTotals, noTotals, totalLines } from '../render/totals.ts';
import { noteUnsaved } from '../render/unsaved.ts';
import { createTrajectory } from '../trajectory.ts';
import { shownSession } from '../which-session.ts';

const showOptions = z.object({
  json: z.boolean().default(false),
  at: turnOption,
  compactions: z.boolean().default(false),
  trajectory: z.boolean().default(false),
  sessionDir: callOptions.shape.sessionDir,
});

/** Prints the session named by `idOrPrefix`. */
export async function showCommand(idOrPrefix: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(showOptions, raw);
  const dir = await shownSession(options.sessionDir, idOrPrefix);
  const { at } = options;
  if (options.trajectory) {
    const builder = createTrajectory();
    for await (const event of at === undefined ? readEvents(dir) : eventsAt(dir, at)) builder.add(event);
    await writeOut(builder.text());
    return 0;
  }
  if (options.compactions) return showCompactions(dir, at, options.json);
  if (options.json && at === undefined) {
    await writeOut(await readFile(join(dir, 'events.jsonl')));
    return 0;
  }
  const paint = painter(process.stdout, process.env);
  const calls = new Map<string, string>();
  const totals = noTotals();
  for await (const event of at === undefined ? readEvents(dir) : eventsAt(dir, at)) {
    if (options.json) {
      await writeOut(encodeLine(event));
      continue;
    }
    addToTotals(totals, event);
    const text = tell(event, calls, paint);
    if (text !== '') await writeOut(`${text}\n`);
  }
  for (const line of totalLines(totals)) await writeOut(`${paint('dim', line)}\n`);
  return 0;
}

/** What each compaction of a session kept and what went; as JSON Lines its events. */
async function showCompactions(dir: string, at: number | undefined, json: boolean): Promise<number> {
  const events: SessionEvent[] = [];
  for await (const event of at === undefined ? readEvents(dir) : eventsAt(dir, at)) events.push(event);
  if (json) {
    for (const event of events) if (event.type.startsWith('compaction.')) await writeOut(encodeLine(event));
    return 0;
  }
  await writeOut(`${describeCompactions(events, painter(process.stdout, process.env))}\n`);
  return 0;
}

/** The session's events up to the end of a turn. */
async function* eventsAt(dir: string, turn: number): AsyncGenerator<SessionEvent> {
  const { events, turns } = await readSession(dir);
  checkTurn(turn, turns);
  noteUnsaved(unsavedAt(events, turn));
  yield* upToTurn(events, turn);
}

/** One event as a person reads it; empty for what does not matter to them. */
function tell(event: SessionEvent, calls: Map<string, string>, paint: Paint): string {
  switch (event.type) {
    case 'session.created': {
      const where = event.repository ? ` · ${event.repository.root} at ${event.repository.base.slice(0, 10)}` : '';
      return paint('bold', `session ${event.id} · ${event.model} · ${event.sandbox.backend}${where}`);
    }
    case 'prompt':
      return `\n${paint('cyan', '▶')} ${printable(event.content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n'))}`;
    case 'model.responded': {
      const said = event.message.content.flatMap((part) => {
        if (part.type === 'tool_call') calls.set(part.id, describeCall(part.name, part.arguments));
        if (part.type === 'compaction') return [paint('yellow', '! the provider shortened the history')];
        return part.type === 'text' && part.text.trim() !== '' ? [printable(part.text.trim())] : [];
      });
      const spent = `${spending(event.usage)}, ${duration(event.durationMs)}`;
      const failed = event.error ? paint('red', ` ${event.error.kind}: ${oneLine(event.error.message, 200)}`) : '';
      return [`${paint('dim', `── turn ${event.turn} · ${spent}`)}${failed}`, ...said].join('\n');
    }
    case 'compaction.started':
    case 'compaction.finished':
    case 'compaction.failed':
      return compaction(event, paint);
    case 'model.changed':
      return modelChange(event, paint);
    case 'model.retried':
      return paint('yellow', `! retry ${event.attempt}: ${oneLine(event.error.message, 160)}`);
    case 'tool.finished': {
      const text = event.content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
      const mark = event.isError ? paint('red', '✗') : paint('green', '✓');
      const head = `${mark} ${oneLine(calls.get(event.callId) ?? event.name, 110)} ${paint('dim', duration(event.durationMs))}`;
      const lines = printable(text).trimEnd().split('\n');
      const shown = lines.slice(0, 6).map((line) => paint('dim', `    ${line.slice(0, 140)}`));
      if (lines.length > 6) shown.push(paint('dim', `    … ${lines.length - 6} more lines`));
      return [head, ...shown].join('\n');
    }
    case 'notice':
      return paint('yellow', `! ${oneLine(event.text, 200)}`);
    case 'verify.finished':
      return `${event.exitCode === 0 ? paint('green', '✓') : paint('red', '✗')} verify ${oneLine(event.command, 100)}: exit ${event.exitCode ?? 'none'}`;
    case 'mcp.listed':
    case 'mcp.server':
      return mcp(event, paint);
    case 'policy.decided':
    case 'hook.finished':
      return overseen(event, paint);
    case 'network.connection':
    case 'network.unlogged':
      return network(event, paint);
    case 'exported': {
      const files = event.files.map(
        (file) => `    ${printable(file.path)} +${file.added ?? '?'} -${file.removed ?? '?'}`,
      );
      return [`${paint('bold', event.branch === null ? 'no branch' : `branch ${event.branch}`)}`, ...files].join('\n');
    }
    case 'run.finished': {
      return paint(
        event.exitCode === 0 ? 'green' : 'red',
        `${event.outcome} (exit ${event.exitCode}): ${oneLine(event.message, 500)}; ${event.turns} turns, ${spending(event.usage)}, ${duration(event.durationMs)}`,
      );
    }
    default:
      return '';
  }
}
