/** All hooks of a point, one after the other, each on record. */
import type { Json } from '../../models/index.ts';
import { cleanOutput, clip } from '../../tools/index.ts';
import { fitsWord } from '../policy/glob.ts';
import type { Log } from '../turn.ts';
import { type HookWorld, runHook } from './run.ts';
import type { HookPoint, Hooks } from './schema.ts';

/** What the hooks of a point came to: the objection of the first that had one, and what the others have to say. */
export type HookWord = { blocked: { command: string; reason: string } | null; text: string };

/** Runs the hooks of a point. `about` is what its hooks are told; `tool` chooses among hooks for tools. */
export type RunHooks = (
  point: HookPoint,
  about: { [key: string]: Json },
  call?: { tool: string; callId: string },
) => Promise<HookWord>;

export type HooksOptions = {
  hooks: Hooks;
  world: HookWorld;
  /** What every hook is told. */
  common: { [key: string]: Json };
  /** Takes secrets out of what hooks say. */
  redact: (text: string) => string;
  log: Log;
  signal: AbortSignal;
};

/** Of what a hook says. */
const MAX_SAID_BYTES = 4096;

/** Makes the runner. Where a point has no hooks it costs nothing. */
export function createHooks({ hooks, world, common, redact, log, signal }: HooksOptions): RunHooks {
  /** Secrets go before the cut, which may go through one. */
  const shown = (said: string): string => {
    const text = redact(cleanOutput(said));
    return (clip(text, MAX_SAID_BYTES, 0)?.head ?? text).trim();
  };
  return async (point, about, call) => {
    const texts: string[] = [];
    for (const hook of hooks[point] ?? []) {
      if (call && hook.tools && !hook.tools.some((pattern) => fitsWord(pattern, call.tool))) continue;
      const payload = { hook: point, ...common, ...about };
      // The end of a run is told to hooks even where the run was stopped.
      const end = await runHook(hook, payload, world, point === 'session-end' ? null : signal);
      const text = shown(end.text);
      const command = redact(hook.command);
      const { outcome, exitCode, durationMs } = end;
      const callId = call ? { callId: call.callId } : {};
      log({
        type: 'hook.finished',
        hook: point,
        command,
        ...callId,
        outcome,
        exitCode,
        text,
        durationMs,
      });
      if (outcome === 'blocked') {
        const reason = text === '' ? 'it gave no reason' : text;
        return { blocked: { command, reason }, text: texts.join('\n') };
      }
      if (outcome === 'ok' && text !== '') texts.push(text);
    }
    return { blocked: null, text: texts.join('\n') };
  };
}
