/**
 * The search for the host's secrets everywhere: all files of a running container as its user sees them, and every byte of its
 * file system and its image's layers as the engine hands them out. The daily one is in `keys.test.ts`.
 */
import { expect, it } from 'vitest';
import { SESSION_LABEL } from '../../sandbox/index.ts';
import { CANARY, containerSearch, DECOY } from '../canaries.ts';
import { engine, makeRepository, newestSession, shellTurn, startRun } from '../harness.ts';

/** Which of `words` are in a stream of bytes. */
async function wordsIn(stream: NodeJS.ReadableStream, words: readonly string[]): Promise<string[]> {
  const longest = Math.max(...words.map((word) => word.length));
  const found = new Set<string>();
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, Buffer.from(chunk)]);
    for (const word of words) if (bytes.includes(word)) found.add(word);
    rest = bytes.subarray(Math.max(0, bytes.length - longest));
  }
  return [...found].sort();
}

it('no secret of the host is in any file of the container, nor in a layer of an image made of it', async () => {
  const repository = makeRepository({ 'decoy.txt': `${DECOY}\n` });
  const layers: string[] = [];
  const running = await startRun(
    async (turn) => {
      if (turn === 0) return shellTurn(containerSearch('/'), { yield_ms: 200_000 });
      const docker = await engine();
      const { id } = newestSession(running.home);
      const [found] = await docker.listContainers({ filters: { label: [`${SESSION_LABEL}=${id}`] } });
      if (!found) throw new Error('the session has no container');
      const reference = { repo: 'drydock-attack', tag: id };
      await docker.getContainer(found.Id).commit(reference);
      const image = docker.getImage(`${reference.repo}:${reference.tag}`);
      try {
        layers.push(...(await wordsIn(await image.get(), [CANARY, DECOY])));
      } finally {
        await image.remove();
      }
      return { text: 'Done.' };
    },
    { repository, args: ['--env', 'GIVEN'], env: { GIVEN: `${DECOY}-given` } },
  );
  const { code, stderr } = await running.ended;
  expect(code, stderr).toBe(0);
  const text = running.requests[1]?.toolResults[0]?.text ?? '';
  expect(text).toContain(`environ: GIVEN=${DECOY}-given\n`);
  expect(text).toContain('/workspace/decoy.txt\n');
  expect(text).toContain('searched\n');
  expect(text).not.toContain(CANARY);
  // The decoy in the workspace is in the newest layer: the search reads what is in the layers.
  expect(layers).toEqual([DECOY]);
}, 300_000);
