/** The corpus of hostile inputs of the bot. */
import { BODIES } from './bodies.ts';
import { BRANCHES } from './branches.ts';
import type { HostileKind } from './case.ts';
import { CHANGES } from './changes.ts';
import { COMMENTS } from './comments.ts';
import { LOGS } from './logs.ts';
import { REPOSITORY } from './repository.ts';
import { RESULTS } from './results.ts';
import { SECRETS } from './secrets.ts';
import { TITLES } from './titles.ts';
import { WORDS } from './words.ts';

export const CORPUS: readonly HostileKind[] = [
  TITLES,
  BODIES,
  COMMENTS,
  BRANCHES,
  LOGS,
  REPOSITORY,
  CHANGES,
  SECRETS,
  WORDS,
  RESULTS,
];
