/** The public face of `models/`. */

export { isTooDeep, MAX_NESTING, parseArguments } from './arguments.ts';
export { type Calibration, calibrate, factorOf, predictTokens } from './calibration.ts';
export type { ModelFacts, ModelOverrides, Prices, Provider, ResolvedModel } from './catalogue.ts';
export { defaultModel, knownModels, ModelConfigError, resolveModel } from './catalogue.ts';
export type { CreateOptions } from './create.ts';
export { createModel } from './create.ts';
export { checkEffort, nearestEffort } from './effort.ts';
export { overGrowing } from './growing.ts';
export { endpointOf, proxyFetch } from './http.ts';
export * from './model.ts';
export { didYouMean, knownKeys } from './nearest.ts';
export { compactsItself, sinceCompaction } from './provider-compaction.ts';
export type { RetryPolicy } from './retry.ts';
export { PASSING_ERRORS, withRetry } from './retry.ts';
export { estimateTokens } from './text-tokens.ts';
export { estimateMessage, estimateMessages, estimateRequest } from './tokens.ts';
