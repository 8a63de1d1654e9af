/** What the sandbox has made becomes a commit of ours, in a repository of its own, where it can be looked at without being believed. */
import { join } from 'node:path';
import {
  type ChangedFile,
  createTrusted,
  type Environment,
  extractPack,
  fetchCommits,
  GitError,
  type RemoteAccess,
  RemoteError,
  RepositoryError,
  readBundle,
  readChange,
  readCommitMessage,
  receiveTree,
  SandboxError,
  type TrustedRepository,
} from '../sandbox/index.ts';
import type { Refusal } from './change.ts';
import type { Result, WorkJob } from './job.ts';
import { commitMessage } from './pull.ts';

export type TakeRequest = {
  job: WorkJob;
  result: Result & { change: NonNullable<Result['change']> };
  /** What `work` has left. */
  bundle: string;
  remote: RemoteAccess;
  env: Environment;
  /** An empty folder for the repository. */
  folder: string;
};

export type Taken =
  | { kind: 'taken'; trusted: TrustedRepository; commit: string; files: ChangedFile[]; headMessage: string }
  /** The tree is that of the commit that was worked on. */
  | { kind: 'unchanged' }
  | { kind: 'refused'; refusal: Refusal }
  /** The remote has the commit no more that was worked on. */
  | { kind: 'moved' }
  | { kind: 'broken'; reason: string };

/** More than any change that a person reviews; what `.drydock/bot.yaml` allows is far below. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Takes the change in. The same job and result give the same commit. Throws `RemoteError` and `GitError`. */
export async function takeChange(request: TakeRequest): Promise<Taken> {
  const { job, result, bundle, remote, env, folder } = request;
  const head = job.head.commit;
  const objectFormat = head.length === 64 ? 'sha256' : 'sha1';
  const pack = join(folder, 'result.pack');
  try {
    const { refs, prerequisites, ...header } = await readBundle(bundle);
    const isOurs = refs.some(({ commit }) => commit === result.change.commit);
    if (!isOurs || header.objectFormat !== objectFormat || prerequisites.some((commit) => commit !== head)) {
      return { kind: 'broken', reason: 'result.bundle is not what result.json says' };
    }
    await extractPack(bundle, pack);
  } catch (error) {
    if (!(error instanceof RepositoryError)) throw error;
    // Its message names a folder of this machine.
    return {
      kind: 'broken',
      reason: `result.bundle cannot be used: ${error.message.replace(/^.*cannot be used: /, '')}`,
    };
  }
  const trusted = await createTrusted(join(folder, 'publish.git'), objectFormat, env);
  try {
    await fetchCommits(trusted, remote, [{ from: { commit: head }, to: 'refs/drydock/head' }]);
  } catch (error) {
    if (error instanceof RemoteError && error.kind === 'missing') return { kind: 'moved' };
    throw error;
  }
  try {
    const { commit, changed } = await receiveTree(trusted, {
      pack,
      tree: result.change.tree,
      base: head,
      message: commitMessage(job, result),
      author: authorOf(job),
      time: Math.floor(Date.parse(job.createdAt) / 1000),
      maxBytes: MAX_BYTES,
    });
    if (!changed) return { kind: 'unchanged' };
    const files = await readChange(trusted, head, commit);
    return { kind: 'taken', trusted, commit, files, headMessage: await readCommitMessage(trusted, head) };
  } catch (error) {
    const isTooMuch = error instanceof GitError && error.kind === 'too_much_output';
    if (!isTooMuch && !(error instanceof SandboxError)) throw error;
    const reason = isTooMuch ? 'it takes away more than can be looked at' : error.message;
    return { kind: 'refused', refusal: { path: null, reason, allowance: null } };
  }
}

function authorOf({ forge, config }: WorkJob): { name: string; email: string } {
  if (forge.kind === 'git') return { name: 'Drydock', email: 'drydock@localhost' };
  return { name: config.login, email: `${config.login}@users.noreply.github.com` };
}
