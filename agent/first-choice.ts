/** The models of a session that is new: what settings say of them, and what is wrong with that whatever the project says. */
import { withKeys } from './active-model.ts';
import { checkCompaction, checkCost, chooseModel, type ModelChoice, wishesOf } from './model-choice.ts';
import { derive, type Layer, modelFor, type Resolved, resolveSettings } from './settings/index.ts';

/** The models of a new session. Throws `SettingsError` and `ModelConfigError`. */
export function chooseFirst(own: Resolved, env: NodeJS.ProcessEnv): ModelChoice {
  derive(own, env);
  const { keys, maxCost, compaction } = own.settings;
  const choice = chooseModel(wishesOf(own, false), null, () => modelFor(env, keys));
  checkCost(choice, maxCost ?? null);
  checkCompaction(choice, compaction);
  return choice;
}

/**
 * The environment with the keys that a run with these settings needs, without beginning one. Rejects with what is wrong with them
 * whatever the project says: `SettingsError` or `ModelConfigError`.
 */
export async function environmentForRun(layers: readonly Layer[], env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const own = resolveSettings(layers);
  return withKeys(chooseFirst(own, env), env, own.settings.keys);
}
