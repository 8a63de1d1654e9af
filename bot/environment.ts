/** Which phase may have which credentials, by the names of the variables that hold them. */
import { isSecretName } from '../agent/index.ts';
import { BotError } from './errors.ts';

export const PHASES = ['collect', 'work', 'publish'] as const;
export type Phase = (typeof PHASES)[number];

type Env = Readonly<Record<string, string | undefined>>;

/** The forge's token, in the order in which it is looked for. */
const FORGE_TOKENS = ['FORGE_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN'] as const;
/** What `bot run` gives to one phase only. */
const OWN_TOKENS = { collect: 'FORGE_READ_TOKEN', publish: 'FORGE_WRITE_TOKEN' } as const;
/** The keys of model providers. */
const MODEL_KEYS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY'] as const;

const ALL_TOKENS: readonly string[] = [...FORGE_TOKENS, ...Object.values(OWN_TOKENS)];

/** The forge's token; null: there is none. */
export function forgeToken(env: Env): string | null {
  return FORGE_TOKENS.map((name) => env[name]?.trim()).find((value) => value) ?? null;
}

/** Throws `BotError` where a phase was given credentials of another, which it must not have. */
export function refuseCredentials(phase: Phase, env: Env): void {
  const foreign: readonly string[] = phase === 'work' ? ALL_TOKENS : MODEL_KEYS;
  const found = foreign.filter((name) => env[name]);
  if (found.length === 0) return;
  const whose = phase === 'work' ? 'opens the forge' : 'opens a model';
  throw new BotError(
    'input',
    `\`bot ${phase}\` must not have ${found.join(' and ')}, which ${whose}`,
    'give each phase only its own, or use `bot run`, which does',
  );
}

/**
 * The environment of a phase that `bot run` starts: the caller's without anything that is named like a secret, and the phase's own
 * credentials.
 */
export function phaseEnvironment(phase: Phase, env: Env): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const known = ALL_TOKENS.includes(name) || MODEL_KEYS.some((key) => key === name);
    if (value !== undefined && !known && !isSecretName(name)) result[name] = value;
  }
  if (phase === 'work') {
    for (const name of MODEL_KEYS) if (env[name]) result[name] = env[name];
    return result;
  }
  const token = env[OWN_TOKENS[phase]]?.trim() || forgeToken(env);
  return token === null ? result : { ...result, FORGE_TOKEN: token };
}
