/** The public face of `bot/`: the three phases of a job, and what surrounds them. */
export { type CollectOptions, collect } from './collect.ts';
export { forgeToken, type Phase, phaseEnvironment, refuseCredentials } from './environment.ts';
export { BotError } from './errors.ts';
export { makeFolder, RESULT_FILES, readJob } from './files.ts';
export { openGitHub } from './github.ts';
export type { Job } from './job.ts';
export { openPlainGit } from './plain-git.ts';
export { publish } from './publish.ts';
export { type Worked, work } from './work.ts';
