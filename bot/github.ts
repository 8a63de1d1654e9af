/** GitHub as a forge: its REST API for the threads, its git remote for the commits. */
import { type Environment, httpProblem } from '../sandbox/index.ts';
import { BotError } from './errors.ts';
import type { Forge } from './forge.ts';
import { openClient } from './github/client.ts';
import { openThreads } from './github/threads.ts';

/** `api`: `https://api.github.com`, or a server's own. `repository`: `OWNER/NAME`. */
export type GitHubAccess = {
  api: string;
  repository: string;
  remote: string;
  token: string | null;
  /** Its proxy and certificates lead to GitHub. */
  env: Environment;
  /** How long a second of waiting is, for tests. */
  secondMs?: number;
};

/** Opens a repository on GitHub; nothing is asked yet. Throws `BotError` (`input`). */
export function openGitHub({ api, repository, remote, token, env, secondMs }: GitHubAccess): Forge {
  const problem = httpProblem(api);
  if (problem !== null) throw new BotError('input', `the address of GitHub's API cannot be used: ${problem}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/.test(repository) || /\/\.{1,2}$/.test(repository)) {
    throw new BotError('input', `${JSON.stringify(repository)} is not a repository`, 'give it as OWNER/NAME');
  }
  // As a header it would be refused, in words that repeat it.
  if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
    throw new BotError('input', 'the token of the forge is empty or holds white space', 'see how it was copied');
  }
  const client = openClient({ api, token, env, ...(secondMs !== undefined && { secondMs }) });
  return { kind: 'github', remote: { url: remote, token }, threads: openThreads(client, repository, env) };
}
