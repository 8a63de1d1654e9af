/** A container with a repository in it, without a run around it. */
import { join } from 'node:path';
import { type DockerWorkplaceOptions, openDockerWorkplace, type Workplace } from '../agent/workplace.ts';
import type { Repository } from '../sandbox/index.ts';
import { engine, ROOT } from './harness.ts';

/** Opens one on the repository's HEAD, with the session's folder `dir`; `sandbox` is where it differs from the usual one. */
export function openContainer(
  dir: string,
  repository: Repository,
  sandbox: Partial<DockerWorkplaceOptions['sandbox']> = {},
): Workplace {
  return openDockerWorkplace({
    dir,
    repository,
    base: repository.head,
    version: '0',
    connect: engine,
    start: async () => ({ base: repository.head, tree: null }),
    sandbox: {
      sessionId: `test-${process.pid}`,
      image: null,
      dockerfile: join(ROOT, 'Dockerfile'),
      network: 'none',
      env: {},
      onProgress: () => undefined,
      ...sandbox,
    },
  });
}
