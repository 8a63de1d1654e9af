/** `drydock compact`: one compaction of a session that is not running, by the model that was last at work on it. */
import { MODEL_ERROR_KINDS, type Usage } from '../models/index.ts';
import { interruptedResults, openSession, type SessionEvent } from '../session/index.ts';
import { toolSpecs } from '../tools/index.ts';
import { openChoice, toolsOf } from './active-model.ts';
import type { CallerOptions } from './carry-out.ts';
import type { RunEnd } from './limits.ts';
import { stopped } from './loop.ts';
import { chooseModel, wishesOf } from './model-choice.ts';
import { createOversight } from './oversight.ts';
import { createRoom } from './room.ts';
import { rulesOf } from './rules.ts';
import { type Layer, modelFor, resolveSettings, SettingsError, userFolder } from './settings/index.ts';
import type { Log } from './turn.ts';

export type CompactOptions = Pick<CallerOptions, 'env' | 'signal' | 'emit'> & {
  layers: readonly Layer[];
  /** The session's folder. */
  dir: string;
  /** What is to be kept above all, in the user's words; null: nothing in particular. */
  focus: string | null;
};

type Finished = Extract<SessionEvent, { type: 'compaction.finished' }>;

export type Compacted = {
  session: string;
  /** Estimated tokens of the next request, before and after; null: nothing was left out. */
  change: { before: number; after: number } | null;
  /** Of all requests for a summary. */
  usage: Usage;
  /** Where something went wrong. Without a change the view is then as it was. */
  end: RunEnd | null;
};

/**
 * Compacts the session in `dir`. Throws `SessionError` (in use, corrupt), `SettingsError` (its strategy is `none` or `native`) and
 * `ModelConfigError` before anything is changed.
 */
export async function compactSession({ dir, layers, env, signal, emit, focus }: CompactOptions): Promise<Compacted> {
  const session = await openSession(dir);
  try {
    const { created } = session;
    const before = session.state();
    const { strategy, at } = created.compaction ?? { strategy: 'layered', at: null };
    if (strategy === 'none') {
      throw new SettingsError(
        `session ${created.id} was made with --compaction none`,
        'its history is never made shorter',
      );
    }
    if (strategy === 'native') {
      throw new SettingsError(
        `session ${created.id} was made with --compaction native`,
        'its provider makes its history shorter, while it works',
      );
    }
    const resolution = resolveSettings(layers);
    const choice = chooseModel(wishesOf(resolution, true), before.model, () => modelFor(env, resolution.settings.keys));
    const tools = toolsOf(choice.model.editTool, strategy);
    const { active, secretEnv } = await openChoice({ ...choice, fallback: null }, tools, env, resolution.settings);
    // Those of MCP servers too: the request begins as the session's others do, which the provider has in its cache.
    const offered = (before.mcp?.tools ?? []).map(({ name, description, parameters }) => ({
      name,
      description,
      parameters,
    }));
    const logged: SessionEvent[] = [];
    const log: Log = (event) => {
      const done = session.append(event);
      logged.push(done);
      emit({ type: 'log', event: done });
    };
    for (const result of interruptedResults(before)) log(result);
    const { workspace } = created.sandbox;
    const oversight = createOversight({
      session,
      rules: rulesOf(resolution.settings),
      tools: () => tools,
      place: { cwd: workspace, root: workspace },
      limits: created.limits,
      env,
      secretEnv,
      hookFolder: userFolder(env),
      approve: null,
      log,
      signal,
    });
    const room = createRoom({
      session,
      system: created.system,
      strategy,
      at,
      hooks: oversight.compaction,
      keep: (data) => session.blobs.keep(oversight.bytes(data)),
      signal,
      log,
      show: (delta) => emit({ type: 'delta', delta }),
    });
    const { usage, end } = await room.make('command', active, [...toolSpecs(active.tools), ...offered], focus);
    // A history that is far too large takes several rounds.
    const finished = logged.filter((event): event is Finished => event.type === 'compaction.finished');
    const [first, last] = [finished[0], finished.at(-1)];
    const change = first && last ? { before: first.tokensBefore, after: last.tokensAfter } : null;
    const why = stopped(signal) ?? (change === null ? (end ?? failure(logged)) : end);
    return { session: created.id, change, usage, end: why };
  } finally {
    await session.close();
  }
}

/** Why nothing has changed, by what was logged; null: there was nothing to leave out. */
function failure(logged: readonly SessionEvent[]): RunEnd | null {
  const refusal = logged.find((event) => event.type === 'hook.finished' && event.outcome === 'blocked');
  if (refusal?.type === 'hook.finished') {
    const said = refusal.text === '' ? 'it gave no reason' : refusal.text;
    return { outcome: 'usage', message: `the before-compaction hook puts it off: ${said}`, hint: refusal.command };
  }
  const failed = logged.findLast((event) => event.type === 'compaction.failed' && event.rung === 'summarise');
  // One that would take as much as what it stands for is none to be had.
  if (failed?.type !== 'compaction.failed' || failed.reason === 'too_little') return null;
  const ofProvider = MODEL_ERROR_KINDS.some((kind) => kind === failed.reason);
  // Of an answer that was refused the text is what the model wrote.
  const said = ofProvider ? `: ${failed.text.split('\n')[0]?.slice(0, 200)}` : '';
  return {
    outcome: ofProvider ? 'provider' : 'gave_up',
    message: `no summary could be had (${failed.reason}${said})`,
    hint: 'the session is as it was; try again, or go on with `drydock resume`',
  };
}
