/** What a user's settings say that holds an agent back, put together from their sections. */
import { type Guard, guardOf } from './guard/schema.ts';
import type { Hooks } from './hooks/schema.ts';
import { deniedHosts, type Policy, policyOf } from './policy/rules.ts';
import { SettingsError } from './settings/errors.ts';
import type { Settings } from './settings/schema.ts';

export type Rules = { policy: Policy; guard: Guard; hooks: Hooks };

/** The rules of a run. */
export function rulesOf({ policy, guard, hooks }: Pick<Settings, 'policy' | 'guard' | 'hooks'>): Rules {
  return { policy: policyOf(policy), guard: guardOf(guard), hooks: hooks ?? {} };
}

/** Throws where a host is denied and nothing stands between the sandbox and the network: the rule would be an empty word. */
export function refuseUnheld(rules: Rules, network: string): void {
  const [host] = deniedHosts(rules.policy);
  if (host === undefined || network !== 'full') return;
  throw new SettingsError(
    `the policy denies the host ${host}, which cannot be held to with the whole network open`,
    'use --network allow with --allow HOST for what is needed, or take the rule out',
  );
}

/**
 * The rules as a part of the agent configuration, as they were written. Hooks are none: they lie on one machine, and what their
 * scripts do is not known.
 */
export function digestible({ policy, guard }: Rules) {
  const texts = (rules: Policy['deny']) => rules.map(({ text }) => text).sort();
  return {
    policy: { default: policy.default, deny: texts(policy.deny), ask: texts(policy.ask), allow: texts(policy.allow) },
    guard: { redact: guard.redact, secrets: { ...guard.secrets }, blocked: [...guard.blocked] },
  };
}
