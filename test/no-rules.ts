/** Rules that hold nothing back, for tests of what lies beneath them. */
import type { Rules } from '../agent/rules.ts';
import type { CallGuard } from '../agent/turn.ts';

export const NO_RULES: Rules = {
  policy: { default: 'allow', deny: [], ask: [], allow: [] },
  guard: { redact: true, secrets: {}, blocked: [] },
  hooks: {},
};

/** Lets every call and every result be. */
export const NO_GUARD: CallGuard = { before: async () => null, after: async (_call, _turn, result) => result };
