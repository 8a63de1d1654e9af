/** Who works on the tasks of a run: agent configurations, and oracles that stand in for an agent. */
import { basename, resolve } from 'node:path';
import { type Layer, readConfigurationLayer, readUserLayer, resolveSettings, SettingsError } from '../agent/index.ts';
import { type CommandFile, readCommandAgent } from './command-agent.ts';
import { digestOf } from './digest.ts';
import { readPredictions } from './predictions.ts';
import { TaskError } from './task.ts';

/** What a trial needs to know of an agent: plain data, with no key in it. */
export type EvalAgent =
  | { kind: 'configuration'; name: string; digest: string; values: Layer['values'] }
  /** `gold`: the task's solution; `nop`: nothing; `cheat:NAME`: that cheat of the task. */
  | { kind: 'oracle'; name: string; digest: string }
  /** A command line of somebody else's; see `command-agent.ts`. */
  | { kind: 'command'; name: string; digest: string; file: CommandFile }
  /** Patches that somebody else has made, by the task's id. */
  | { kind: 'predictions'; name: string; digest: string; patches: ReadonlyMap<string, Buffer> };

/** Settings of a run that a task or the eval itself decides about, so that no configuration can. */
const NOT_COMPARED = [
  'apply',
  'output',
  'includeDirty',
  'trustProject',
  'keys',
  'hooks',
  'image',
  'dockerfile',
  'devcontainer',
] as const;

/** Reads agent configurations. Throws `SettingsError` for a file that is none, and `TaskError` for two that are one. */
export async function readAgents(
  configurations: readonly string[],
  oracles: readonly string[],
  commands: readonly string[],
): Promise<EvalAgent[]> {
  const read = await Promise.all(configurations.map(readAgent));
  const others = await Promise.all(
    commands.map(async (path) => ({ kind: 'command' as const, ...(await readCommandAgent(path)) })),
  );
  const agents = [...read, ...others, ...oracles.map(oracleOf)];
  if (agents.length === 0) {
    throw new TaskError(
      'nobody is named who works on the tasks',
      'name agent configurations with --config, other agents with --command, or --agent gold, nop or cheat:NAME',
    );
  }
  for (const [index, agent] of agents.entries()) {
    const twin = agents.slice(0, index).find(({ name, digest }) => digest === agent.digest || name === agent.name);
    if (twin === undefined) continue;
    const why = twin.digest === agent.digest ? 'are the same configuration' : 'have the same name';
    throw new TaskError(`${twin.name} and ${agent.name} ${why}`, 'leave one out, or give its file another name');
  }
  return agents;
}

async function readAgent(path: string): Promise<EvalAgent> {
  const { values } = await readConfigurationLayer(path);
  const { settings } = resolveSettings([{ kind: 'configuration', where: path, values }]);
  if (settings.sandbox === 'host') {
    throw new SettingsError(`${path}: sandbox host is not for evals`, 'every trial has a container of its own');
  }
  const compared = Object.fromEntries(
    Object.entries(settings).filter(([name]) => !NOT_COMPARED.some((other) => other === name)),
  );
  // What was written is what the settings come to: a default that is written down changes nothing.
  const digest = digestOf(JSON.parse(JSON.stringify(compared)));
  const name = basename(resolve(path)).replace(/\.(ya?ml|json)$/, '');
  return { kind: 'configuration', name, digest, values };
}

/** The agents of a file of predictions, one for each model that is named in it. Throws `TaskError`. */
export async function readPredictedAgents(file: string): Promise<EvalAgent[]> {
  const models = Map.groupBy(await readPredictions(file), ({ model }) => model);
  return [...models].map(([name, predictions]) => ({
    kind: 'predictions',
    name,
    // A patch counts by itself, in the key of its trial: one that has changed is graded anew, and no other.
    digest: digestOf({ predictions: name }),
    patches: new Map(predictions.map(({ instanceId, patch }) => [instanceId, patch])),
  }));
}

function oracleOf(name: string): EvalAgent {
  if (name !== 'gold' && name !== 'nop' && !/^cheat:[\w.-]+$/.test(name)) {
    throw new TaskError(
      `there is no agent ${JSON.stringify(name)}`,
      'it is gold, nop or cheat:NAME; --config names an agent configuration',
    );
  }
  return { kind: 'oracle', name, digest: digestOf({ oracle: name }) };
}

/** The part of the user's own settings that a trial takes: how keys are had. Nothing else of this machine shapes a trial. */
export async function keysLayer(env: NodeJS.ProcessEnv): Promise<Layer[]> {
  const user = await readUserLayer(env);
  if (user?.values.keys === undefined) return [];
  return [{ ...user, values: { keys: user.values.keys } }];
}
