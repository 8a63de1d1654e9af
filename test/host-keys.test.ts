/**
 * Keys on the host backend: a command that searches `/proc` for them finds none, neither as root's other user nor as the
 * user that Drydock itself runs as. Each search is shown to find the key where it is not defended.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { ROOT, run, shellTurn } from './harness.ts';

vi.setConfig({ testTimeout: 120_000 });

const CANARY = 'canary-host-77ab12';
const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0;

/**
 * Says where the canary is: in the environment or the arguments of any process, and in the memory of the one above it
 * that runs Drydock (`TAG` is in its arguments). The canary is put together, so that it is not found in the search.
 */
const SEARCH = `
import { openSync, readdirSync, readFileSync, readSync } from 'node:fs';
const canary = Buffer.from(['canary', 'host', '77ab12'].join('-'));
const attempt = (work, otherwise) => { try { return work(); } catch { return otherwise; } };
const file = (pid, name) => attempt(() => readFileSync('/proc/' + pid + '/' + name), Buffer.alloc(0));
for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
  for (const name of ['environ', 'cmdline']) if (file(pid, name).includes(canary)) console.log('FOUND', name);
}
let pid = String(process.pid);
while (pid !== '' && pid !== '0' && !file(pid, 'cmdline').includes('TAG')) {
  pid = /^PPid:\\s*(\\d+)/m.exec(file(pid, 'status').toString())?.[1] ?? '';
}
console.log('looked at', file(pid, 'cmdline').includes('TAG') ? 'Drydock' : 'nothing');
const memory = attempt(() => openSync('/proc/' + pid + '/mem', 'r'), null);
for (const line of memory === null ? [] : file(pid, 'maps').toString().split('\\n')) {
  const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
  if (!from) continue;
  const buffer = Buffer.alloc(Math.min(Number(BigInt('0x' + to) - BigInt('0x' + from)), 256 * 1024 ** 2));
  attempt(() => readSync(memory, buffer, 0, buffer.length, BigInt('0x' + from)), 0);
  if (buffer.includes(canary)) { console.log('FOUND mem'); break; }
}
console.log('searched');
`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A home and a folder to work in, with the search in it, of user `uid`. */
function makePlace(uid: number): { home: string; cwd: string } {
  const base = mkdtempSync(join(tmpdir(), 'drydock-host-keys-'));
  folders.push(base);
  chmodSync(base, 0o755);
  const [home, cwd] = [join(base, 'home'), join(base, 'work')];
  for (const folder of [home, cwd]) mkdirSync(folder);
  writeFileSync(join(cwd, 'search.mjs'), SEARCH);
  if (asRoot) for (const path of [home, cwd]) chownSync(path, uid, uid);
  return { home, cwd };
}

const searchTurn = shellTurn(`'${process.execPath}' search.mjs`, { yield_ms: 60_000 });

/** What a run with the host backend finds of its own key. */
async function searchInRun(place: { home: string; cwd: string }, args: string[], through?: string): Promise<string> {
  const { code, stderr, requests, server } = await run([searchTurn], {
    ...place,
    task: 'TAG',
    args: ['--sandbox', 'host', ...args],
    env: { ANTHROPIC_API_KEY: CANARY },
    ...(through ? { through } : {}),
  });
  expect(code, stderr).toBe(0);
  expect(server.journal[0]?.headers).toMatchObject({ authorization: `Bearer ${CANARY}` });
  expect(stderr).toContain('! no isolation: commands run on this machine, in ');
  return requests.at(-1)?.toolResults[0]?.text ?? '';
}

/** Lets a command of a plain user's run, who is this one where it is not root. */
const AS_NOBODY = `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`;
const plain = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
const readable = !asRoot || spawnSync('test', ['-r', join(ROOT, 'cli/main.ts')], { ...plain, cwd: '/' }).status === 0;

it.runIf(asRoot)('root’s keys are not found by the user that its commands run as, and are by root', async () => {
  const open = await searchInRun(makePlace(0), ['--host-user', 'root']);
  for (const name of ['environ', 'mem']) expect(open).toContain(`FOUND ${name}`);
  const defended = await searchInRun(makePlace(NOBODY), []);
  expect(defended).toMatch(/^looked at Drydock\nsearched\n/);
});

it.runIf(asRoot)('root runs no command in a folder of its own without being told to', async () => {
  const { home, cwd } = makePlace(0);
  const refused = run([], { home, cwd, args: ['--sandbox', 'host'] });
  await expect(refused).rejects.toThrow(
    /drydock: commands would run as root, who can read the keys that Drydock holds: .* — .*--host-user root/,
  );
});

// A checkout in root's own home is closed to the other user.
it.runIf(readable)('a plain user’s keys are not found by commands of the same user', async () => {
  const place = makePlace(NOBODY);
  const undefended = `import { createHostSandbox } from ${JSON.stringify(join(ROOT, 'sandbox/index.ts'))};
const sandbox = createHostSandbox({ root: process.cwd() });
const { output } = await sandbox.exec({ command: ${JSON.stringify(`'${process.execPath}' search.mjs`)} });
console.log(output.head.toString());
process.exit();`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', undefended, 'TAG'];
  const env = { PATH: process.env.PATH, HOME: place.home, ANTHROPIC_API_KEY: CANARY };
  const open = execFileSync(process.execPath, args, { ...plain, cwd: place.cwd, env }).toString();
  for (const name of ['environ', 'mem']) expect(open).toContain(`FOUND ${name}`);
  const defended = await searchInRun(place, [], asRoot ? `exec ${AS_NOBODY} "$@"` : undefined);
  expect(defended).toMatch(/^looked at Drydock\nsearched\n/);
});
