/** `npm run demo`: the main job on a small bundled repository with failing tests, from task to branch. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSession, readEvents } from '../session/index.ts';
import { startScriptedModel } from './scripted-model.ts';

const TASK = 'The tests fail. Find out why and fix the library; do not change the tests.';
const KEYS = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'OPENAI_BASE_URL'];

const say = (text: string) => console.error(`\n${text}`);

const folder = mkdtempSync(join(tmpdir(), 'drydock-demo-'));
const repository = join(folder, 'slugs');
const sessions = join(folder, 'sessions');
mkdirSync(sessions);
cpSync(join(import.meta.dirname, 'repo'), repository, { recursive: true });
const identity = ['-c', 'user.name=Demo', '-c', 'user.email=demo@localhost', '-c', 'commit.gpgSign=false'];
const git = (...args: string[]) => execFileSync('git', [...identity, ...args], { cwd: repository, encoding: 'utf8' });
git('init', '-q', '-b', 'main');
git('add', '-A');
git('commit', '-q', '-m', 'A library with failing tests');

const scripted = KEYS.some((name) => process.env[name]) ? null : await startScriptedModel();
say(
  scripted
    ? 'No key in the environment: the answers are scripted and come from a server on the loopback that speaks the real protocol.\nThe client, the loop, the sandbox, the patch and the tests are real. A scripted answer costs nothing, so tokens and price show as 0.\nWith OPENAI_API_KEY or ANTHROPIC_API_KEY set, a real model works.'
    : 'A key is set: a real model works on this.',
);
say(`$ cd ${repository}\n$ drydock run --verify "node --test" "${TASK}"\n`);

const program = join(import.meta.dirname, '..', 'bin', 'drydock');
const args = ['run', '--verify', 'node --test', '--session-dir', sessions, TASK];
const env = { ...process.env, ...scripted?.env };
const exitCode = await new Promise<number>((resolve) => {
  const child = spawn(program, args, { cwd: repository, env, stdio: ['ignore', 'inherit', 'inherit'] });
  child.on('close', (code) => resolve(code ?? 1));
  child.on('error', (error) => {
    say(`${program} could not be started: ${error.message}`);
    resolve(1);
  });
});
await scripted?.stop();
if (exitCode !== 0) process.exit(exitCode);

for await (const event of readEvents(await findSession(sessions, 'last'))) {
  if (event.type === 'verify.finished') say(`The tests, as they ran in the sandbox:\n${event.output.trim()}`);
  if (event.type === 'exported' && event.branch !== null) {
    say(`The result is a branch; the working tree is untouched:\n$ cd ${repository}\n$ git log --oneline --all`);
    console.error(git('log', '--oneline', '--all', '--decorate').trim());
  }
}
