/** What is known of each provider's models, and how a model's name on the command line becomes a `ResolvedModel`. */
import * as z from 'zod';
import data from './catalogue.json' with { type: 'json' };
import { REASONING_EFFORTS } from './model.ts';
import { nearest } from './nearest.ts';

/** The wire protocols. `openai` is the Responses API, `openai-chat` Chat Completions, spoken by many other servers. */
export const PROVIDERS = ['anthropic', 'openai', 'openai-chat'] as const;
export type Provider = (typeof PROVIDERS)[number];

const ratesSchema = z.strictObject({
  input: z.number(),
  output: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
});

const factsSchema = z.strictObject({
  contextWindow: z.number().int().positive(),
  maxOutputTokens: z.number().int().positive(),
  prices: ratesSchema.extend({ long: ratesSchema.extend({ above: z.number() }).optional() }).nullable(),
  editTool: z.enum(['apply_patch', 'edit']),
  images: z.boolean(),
  reasoning: z
    .strictObject({
      style: z.enum(['budget', 'adaptive', 'effort']),
      off: z.enum(['disabled', 'between_tools', 'none']).nullable(),
      efforts: z.array(z.enum(REASONING_EFFORTS).exclude(['none'])),
    })
    .nullable(),
});

const catalogueSchema = z.strictObject({
  date: z.iso.date(),
  sources: z.record(z.string(), z.array(z.url())),
  defaults: z.strictObject({ anthropic: z.string(), openai: z.string() }),
  models: z.strictObject({
    anthropic: z.record(z.string(), factsSchema),
    openai: z.record(z.string(), factsSchema),
  }),
});

/**
 * Dollars per million tokens. A request that reads more than `long.above` tokens is billed at the rates of `long` as a
 * whole. A cache write is the five-minute (Anthropic) or thirty-minute (OpenAI) kind, which is what Drydock asks for.
 */
export type Prices = NonNullable<z.infer<typeof factsSchema>['prices']>;

/**
 * How a model is told to reason: by a token budget or adaptively (Anthropic), or by an effort word (OpenAI). `off` is
 * the value that switches reasoning off; null where it cannot be. `efforts` are the levels above that, in order.
 */
export type ReasoningControl = NonNullable<z.infer<typeof factsSchema>['reasoning']>;

/**
 * `contextWindow` is input and output together, in tokens. `prices` is null where they are unknown, `reasoning` for a
 * model that does not reason.
 */
export type ModelFacts = z.infer<typeof factsSchema>;

/** A model that can be called. `id` is `provider:name`; `known` says whether the facts come from the catalogue. */
export type ResolvedModel = ModelFacts & { id: string; provider: Provider; name: string; known: boolean };

/** What the user says, in tokens, of a model that the catalogue does not know or knows wrongly. */
export type ModelOverrides = { contextWindow?: number; maxOutputTokens?: number };

/** A model setting that cannot work. `message` is one line: what is wrong with which value, and what to do. */
export class ModelConfigError extends Error {
  override readonly name = 'ModelConfigError';
}

/** Read when it is first asked for, which most commands never do. */
let catalogue: z.infer<typeof catalogueSchema> | undefined;

function readCatalogue(): z.infer<typeof catalogueSchema> {
  catalogue ??= catalogueSchema.parse(data);
  return catalogue;
}

/** What an unknown model may write at most where the user does not say: little enough for every current server. */
const UNKNOWN_MAX_OUTPUT_TOKENS = 8192;

function modelsOf(provider: Provider): Readonly<Record<string, ModelFacts>> {
  return readCatalogue().models[provider === 'anthropic' ? 'anthropic' : 'openai'];
}

/** Full names of the catalogue's models, Chat Completions spellings left out. */
export function knownModels(): string[] {
  return [
    ...Object.keys(readCatalogue().models.anthropic).map((name) => `anthropic:${name}`),
    ...Object.keys(readCatalogue().models.openai).map((name) => `openai:${name}`),
  ];
}

/**
 * Turns `provider:name` or `provider/name` into a model. An unknown name is allowed when `contextWindow` is given; its
 * prices are then unknown. Throws `ModelConfigError`.
 */
export function resolveModel(fullName: string, overrides: ModelOverrides = {}): ResolvedModel {
  const [, prefix, name] = /^([^:/\s]+)[:/](\S+)$/.exec(fullName) ?? [];
  if (prefix === undefined || name === undefined) {
    throw new ModelConfigError(`model '${fullName}' is not of the form provider:name; ${nearestModel(fullName)}`);
  }
  const provider = PROVIDERS.find((known) => known === prefix);
  if (provider === undefined) {
    throw new ModelConfigError(
      `unknown provider '${prefix}' in model '${fullName}' (known: ${PROVIDERS.join(', ')}); ${nearestModel(fullName)}`,
    );
  }
  const identity = { id: `${provider}:${name}`, provider, name };
  const known = Object.hasOwn(modelsOf(provider), name) ? modelsOf(provider)[name] : undefined;
  if (known !== undefined) return { ...known, ...overrides, ...identity, known: true };
  if (overrides.contextWindow === undefined) {
    throw new ModelConfigError(
      `unknown model '${fullName}'; ${nearestModel(fullName)} For a model outside the catalogue pass --context-window TOKENS.`,
    );
  }
  return {
    prices: null,
    editTool: provider === 'openai' ? 'apply_patch' : 'edit',
    images: false,
    // The provider decides: its SDK knows these words.
    reasoning:
      provider === 'anthropic'
        ? { style: 'adaptive', off: 'disabled', efforts: ['low', 'medium', 'high', 'xhigh', 'max'] }
        : { style: 'effort', off: 'none', efforts: ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] },
    contextWindow: overrides.contextWindow,
    // A quarter leaves room to read where the window is small.
    maxOutputTokens:
      overrides.maxOutputTokens ?? Math.min(UNKNOWN_MAX_OUTPUT_TOKENS, Math.ceil(overrides.contextWindow / 4)),
    ...identity,
    known: false,
  };
}

/**
 * The full name of a current model of the provider whose key is in `env`; `OPENAI_BASE_URL` stands for a key, since a
 * local server needs none. Throws `ModelConfigError`.
 */
export function defaultModel(env: Readonly<Record<string, string | undefined>>): string {
  if (env.ANTHROPIC_API_KEY) return `anthropic:${readCatalogue().defaults.anthropic}`;
  if (env.OPENAI_API_KEY || env.OPENAI_BASE_URL) return `openai:${readCatalogue().defaults.openai}`;
  throw new ModelConfigError(
    'no model to use: set ANTHROPIC_API_KEY or OPENAI_API_KEY, or set OPENAI_BASE_URL to a local server and pass --model openai-chat:NAME --context-window TOKENS',
  );
}

function nearestModel(fullName: string): string {
  const wanted = fullName.replace(/^[^:/]*[:/]/, '').toLowerCase();
  const models = new Map(knownModels().map((model) => [model.split(':')[1] ?? '', model]));
  return `the nearest known model is ${models.get(nearest(wanted, [...models.keys()])?.name ?? '')}.`;
}
