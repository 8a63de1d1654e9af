/** The words and the outcome of a run whose model request failed for good. */
import type { ModelError, ModelErrorKind } from '../models/index.ts';
import type { RunEnd } from './limits.ts';

/** What stands before the provider's own words, and what to do next. */
type Words = { outcome: RunEnd['outcome']; what: string; hint: string };

const LATER = 'go on later with `drydock resume`';

const WORDS: Record<ModelErrorKind, Words> = {
  overflow: {
    outcome: 'limit',
    what: 'context too small',
    hint: 'split the task, or use a model with a larger context window',
  },
  refusal: { outcome: 'gave_up', what: 'refused', hint: 'word the task differently, or use another model' },
  auth: {
    outcome: 'provider',
    what: 'the provider refused the key',
    hint: 'check the key in the environment (drydock doctor)',
  },
  permission: {
    outcome: 'provider',
    what: 'the provider does not permit this',
    hint: 'use another key or another model, or have the rights of this one widened',
  },
  not_found: {
    outcome: 'provider',
    what: 'the provider does not know this model',
    hint: 'name another with --model',
  },
  quota: {
    outcome: 'provider',
    what: 'the account is out of quota',
    hint: 'top it up, then go on with `drydock resume`',
  },
  invalid_request: {
    outcome: 'provider',
    what: 'the provider does not take the request',
    hint: 'trying again does not help: use another model, or look at the session with `drydock show`',
  },
  network: {
    outcome: 'provider',
    what: 'the provider cannot be reached',
    hint: 'check the network, the proxy and the base URL, then go on with `drydock resume`',
  },
  timeout: {
    outcome: 'provider',
    what: 'the model provider failed (timeout)',
    hint: 'where the server is only slow, raise --idle-timeout; go on with `drydock resume`',
  },
  rate_limit: { outcome: 'provider', what: 'the model provider failed (rate_limit)', hint: LATER },
  overloaded: { outcome: 'provider', what: 'the model provider failed (overloaded)', hint: LATER },
  server: { outcome: 'provider', what: 'the model provider failed (server)', hint: LATER },
  cut_stream: { outcome: 'provider', what: 'the model provider failed (cut_stream)', hint: LATER },
  aborted: { outcome: 'provider', what: 'the model provider failed (aborted)', hint: LATER },
};

/** How a run ends whose last request ended in `error`. */
export function providerEnd(error: ModelError): RunEnd {
  const { outcome, what, hint } = WORDS[error.kind];
  return { outcome, message: `${what}: ${error.message}`, hint };
}

/** How a run ends whose request was refused as too long, and cannot be made shorter as `fit` says. */
export function refusedEnd(error: ModelError, fit: RunEnd): RunEnd {
  return { ...fit, message: `${providerEnd(error).message}; ${fit.message.replace(/^context too small: /, '')}` };
}
