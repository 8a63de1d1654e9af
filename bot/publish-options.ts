/** What publishing needs, and what it ends with. */
import type { Environment } from '../sandbox/index.ts';
import type { Forge } from './forge.ts';

export type PublishOptions = {
  forge: Forge;
  /** What `collect` has left, and what `work` has. */
  jobDir: string;
  resultDir: string;
  /** The environment of this process: what is secret in it is looked for in everything that is published. */
  env: Environment;
  now: () => Date;
  /** Writes nothing, and says what would be written. */
  dryRun: boolean;
  /** Hears of each step, a line each. */
  say: (line: string) => void;
};

/** `exitCode` 0: published, or there was nothing to do. 1: there was something, and it was not published; the thread says why. */
export type Published = { exitCode: 0 | 1; lines: string[] };
