/** For tests: a double that is stopped when the test ends, and the real Octokit that talks to it. */
import { Octokit } from '@octokit/core';
import { onTestFinished } from 'vitest';
import { type ForgeOptions, type GitHubDouble, startForge } from './github.ts';

/** A double for one test. */
export async function forgeForTest(options: ForgeOptions = {}): Promise<GitHubDouble> {
  const forge = await startForge(options);
  onTestFinished(() => forge.stop());
  return forge;
}

/** Octokit as it comes, without retries; it says nothing on its own. */
export function octokitOf(forge: GitHubDouble, token?: string): Octokit {
  const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return new Octokit({ baseUrl: forge.url, log: quiet, ...(token === undefined ? {} : { auth: token }) });
}
