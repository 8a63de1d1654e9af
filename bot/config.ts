/** What a repository says of its bot: `.drydock/bot.yaml` of the base branch, and of no other. */
import { z } from 'zod';
import { isBranchName } from '../sandbox/index.ts';

/** Where it lies. */
export const BOT_FILE = '.drydock/bot.yaml';

const whole = (least: number) => z.int('is not a whole number').min(least, `is below ${least}`);
const dollars = z.number('is not a number of dollars').positive('is not above zero');
const login = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}(\[bot\])?$/, 'is not a login');

/** A folder of branches: what the bot pushes lies in it, and it pushes nowhere else. */
const branchPrefix = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,40}(\/[A-Za-z0-9][A-Za-z0-9_-]{0,40}){0,3}\/$/,
    'is not a prefix such as drydock/',
  );

/** Times are minutes, sizes bytes. */
export const botConfigSchema = z.strictObject({
  /** The label that gives an issue to the bot. */
  label: z.string().min(1, 'is empty').default('drydock'),
  /** The word that calls it in a comment. */
  mention: z
    .string()
    .regex(/^@[A-Za-z0-9][A-Za-z0-9-]{0,40}$/, 'is not a mention such as @drydock')
    .default('@drydock'),
  /** Whose comments carry the bot's state: the login that it publishes as. */
  login: login.default('github-actions[bot]'),
  /** The branch that the work is for; default: the repository's own default branch. */
  baseBranch: z.string().refine(isBranchName, 'is not a name of a branch').optional(),
  branchPrefix: branchPrefix.default('drydock/'),
  /** Who may call it: everybody with this permission, and these bots by name. */
  permission: z.enum(['write', 'admin'], 'is neither write nor admin').default('write'),
  bots: z.array(login).default([]),
  /** US dollars; null: no limit, which a model without a known price needs. */
  maxCost: dollars.nullable().default(5),
  maxCostPerDay: dollars.nullable().default(25),
  maxJobsPerDay: whole(1).default(20),
  maxTurns: whole(1).default(100),
  maxMinutes: whole(1).max(720, 'is above 720').default(45),
  /** How often in a row failing checks are worked on without a person; 0: never. */
  ciRounds: whole(0).default(3),
  /** Run in the sandbox when the model is done; failures go back to it. */
  verify: z.string().min(1, 'is empty').optional(),
  /** What a change may hold beyond ordinary files. */
  allow: z
    .strictObject({
      workflows: z.boolean().default(false),
      codeowners: z.boolean().default(false),
      symlinks: z.boolean().default(false),
      binaries: z.boolean().default(false),
      /** `.drydock/`, `AGENTS.md` and other files that tell an agent what to do. */
      instructions: z.boolean().default(false),
      /** Files, whatever they are, by glob: `dist/*.wasm`, `.github/workflows/docs.yml`. */
      paths: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  maxFiles: whole(1).default(50),
  maxLines: whole(1).default(2000),
  maxFileBytes: whole(1).default(512 * 1024),
  /** Words that must never be published: canaries, as the SHA-256 of each in hex, so that the file does not hold them. */
  canaries: z.array(z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex')).default([]),
});

export type BotConfig = z.output<typeof botConfigSchema>;
