/** Keys stay on the host: nothing of the user's environment is in the container, its image or the log. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SESSION_LABEL } from '../sandbox/index.ts';
import { engine, newestSession, shellTurn, startRun } from './harness.ts';

const CANARY = 'canary-5f1c9e';

it('a canary key is nowhere that the model or a reader of the log could find it', async () => {
  const inspected: string[] = [];
  // The pattern is written so that it does not find itself in the command lines.
  const search = `env; for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do tr '\\0' '\\n' <$f; done 2>/dev/null |
  grep -o -e 'canar[y].*' -e 'GIVEN=.*' | sort | uniq -c
grep -rls 'canar[y]-5f1c9e' /etc /home /opt /root /run /srv /tmp /usr/local /var /workspace; echo searched`;
  const running = await startRun(
    async (turn) => {
      if (turn === 0) return shellTurn(search);
      const docker = await engine();
      const { id } = newestSession(running.home);
      const containers = await docker.listContainers({ filters: { label: [`${SESSION_LABEL}=${id}`] } });
      for (const { Id, Image } of containers) {
        inspected.push(JSON.stringify(await docker.getContainer(Id).inspect()));
        inspected.push(JSON.stringify(await docker.getImage(Image).inspect()));
        inspected.push(JSON.stringify(await docker.getImage(Image).history()));
      }
      return { text: 'Done.' };
    },
    {
      env: {
        ANTHROPIC_API_KEY: `${CANARY}-anthropic`,
        OPENAI_API_KEY: `${CANARY}-openai`,
        GITHUB_TOKEN: `${CANARY}-forge`,
        AWS_SECRET_ACCESS_KEY: `${CANARY}-cloud`,
        GIVEN: 'passed-on',
      },
      args: ['--env', 'GIVEN'],
    },
  );
  const { code, stdout, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  // The key does reach the provider, and a variable that is asked for does reach the sandbox: the search can find.
  expect(running.server.journal[0]?.headers).toMatchObject({ authorization: `Bearer ${CANARY}-anthropic` });
  const found = running.requests[1]?.toolResults[0]?.text ?? '';
  expect(found).toContain('GIVEN=passed-on\n');
  expect(found).toContain('searched\n');
  expect(inspected).toHaveLength(3);
  expect(inspected[0]).toContain('GIT_TERMINAL_PROMPT=0');
  expect(inspected[0]).not.toContain('passed-on');
  const { dir } = newestSession(running.home);
  const log = readFileSync(join(dir, 'events.jsonl'), 'utf8');
  const bodies = running.server.journal.map(({ body }) => body);
  for (const text of [found, ...inspected, log, ...bodies, stdout, stderr]) expect(text).not.toContain(CANARY);
});
