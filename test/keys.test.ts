/**
 * Keys stay on the host: nothing of what surrounds a run (`canaries.ts`) is in the container, its image or what the model is
 * told, in a new run and in a resumed one. That it is not in the log either, nor in any other file or output, is checked
 * in the harness, for this and every other test.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { SESSION_LABEL } from '../sandbox/index.ts';
import { CANARY, containerSearch, DECOY } from './canaries.ts';
import { engine, makeRepository, newestSession, type Running, serve, shellTurn, startDrydock } from './harness.ts';

// Two runs, each of which searches.
vi.setConfig({ testTimeout: 180_000 });

const FOLDERS = '/etc /home /opt /root /run /srv /tmp /usr/local /var /workspace';

/** All that the engine says of a session's container and its image. */
async function inspected(session: string): Promise<string[]> {
  const docker = await engine();
  const containers = await docker.listContainers({ filters: { label: [`${SESSION_LABEL}=${session}`] } });
  const said = containers.map(async ({ Id, Image }) =>
    JSON.stringify([
      await docker.getContainer(Id).inspect(),
      await docker.getImage(Image).inspect(),
      await docker.getImage(Image).history(),
    ]),
  );
  return Promise.all(said);
}

it('a secret of the host is nowhere that the model could find it, in a run and in a resumed one', async () => {
  const repository = makeRepository({ 'sum.js': '1\n', 'decoy.txt': `${DECOY}\n` });
  repository.git('remote', 'add', 'origin', `https://ada:${CANARY}-remote@git.invalid/x.git`);
  repository.git('config', 'http.extraHeader', `Authorization: Bearer ${CANARY}-repository`);
  repository.write('.env', `KEY=${CANARY}-ignored\n`);
  repository.write('.git/info/exclude', '.env\n');
  const said: string[] = [];
  let running: Running | undefined;
  const server = await serve(async (_turn, { toolResults }) => {
    const last = toolResults.at(-1)?.text;
    if (running === undefined || last === undefined || said.includes(last)) {
      return shellTurn(`env; sh -c 'sleep 60; :' ${DECOY} & ${containerSearch(FOLDERS)}`);
    }
    said.push(last, ...(await inspected(newestSession(running.home).id)));
    return { text: 'Done.' };
  });
  const start = (args: string[], home?: string) =>
    startDrydock([...args, '--env', 'GIVEN'], {
      cwd: repository.dir,
      env: { ...server.env, GIVEN: `${DECOY}-given` },
      ...(home === undefined ? {} : { home }),
    });

  running = start(['run', 'Look around', '--model', 'anthropic:claude-sonnet-5']);
  // The secrets are there to be found.
  const environment = readFileSync(`/proc/${running.child.pid}/environ`, 'utf8');
  expect(environment.split('\0').filter((variable) => variable.includes(CANARY)).length).toBeGreaterThan(4);
  expect(existsSync(join(running.home, '.netrc'))).toBe(true);
  const first = await running.ended;
  expect(first.code, first.stderr).toBe(0);
  running = start(['resume', 'last', 'Look again'], running.home);
  const second = await running.ended;
  expect(second.code, second.stderr).toBe(0);

  // What is sought with the same search is found wherever it was put: it is a search of the right places.
  expect(said).toHaveLength(4);
  for (const round of [0, 2]) {
    const [found = '', described = ''] = said.slice(round);
    expect(found).toContain(`GIVEN=${DECOY}-given\n`);
    expect(found).toContain(`environ: GIVEN=${DECOY}-given\n`);
    expect(found).toContain(`cmdline: ${DECOY}\n`);
    expect(found).toContain('/workspace/decoy.txt\n');
    expect(found).toContain('searched\n');
    expect(described).toContain('GIT_TERMINAL_PROMPT=0');
    expect(described).not.toContain(DECOY);
  }
  expect(server.journal[0]?.headers).toMatchObject({ authorization: `Bearer ${CANARY}-anthropic` });
  const bodies = server.journal.map(({ body }) => body);
  for (const text of [...said, ...bodies]) expect(text).not.toContain(CANARY);
});
