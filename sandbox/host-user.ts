/** Whom the `host` backend runs commands as: where Drydock is root, another user, who cannot read what Drydock holds. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SandboxError } from './sandbox.ts';

/** `name` is the number where the user has no name. */
export type HostUser = { name: string; uid: number; gid: number; home: string };

/** What the choice depends on. `asked` is a name, a number, or null; `owner` has the workspace folder. */
type Situation = { asked: string | null; self: number | null; owner: { uid: number; gid: number }; passwd: string };

/**
 * The rule: without root, nobody else (null). With root, the owner of the workspace, or whom `--host-user` names; root
 * itself (null) only where it is named. Pure. Throws `SandboxError`.
 */
export function chooseHostUser({ asked, self, owner, passwd }: Situation, root: string): HostUser | null {
  if (self !== 0) {
    if (asked === null) return null;
    throw refusal('only root can run commands as another user', 'leave out --host-user');
  }
  if (asked === null) {
    if (owner.uid !== 0) return userOf(String(owner.uid), passwd) ?? nameless(owner.uid, owner.gid);
    throw refusal(
      `commands would run as root, who can read the keys that Drydock holds: ${root} belongs to root`,
      'give the folder to another user (chown -R), name one who may write it with --host-user, or accept it with --host-user root',
    );
  }
  const user = userOf(asked, passwd) ?? (/^\d+$/.test(asked) ? nameless(Number(asked), Number(asked)) : null);
  if (user === null) throw refusal(`there is no user ${asked} on this machine`, 'name another with --host-user');
  return user.uid === 0 ? null : user;
}

/** Whom commands run as, in a word; null as `resolveHostUser` gives it. */
export function nameOfUser(user: HostUser | null): string {
  const self = process.getuid?.() ?? null;
  if (user || self === null) return user?.name ?? 'you';
  return self === 0 ? 'root' : (userOf(String(self), readFileSync('/etc/passwd', 'utf8'))?.name ?? String(self));
}

/** Chooses, and makes sure that the user can work in the folder. Throws `SandboxError`. */
export function resolveHostUser(root: string, asked: string | null): HostUser | null {
  const owner = statSync(root, { throwIfNoEntry: false });
  if (!owner) throw refusal(`the folder ${root} does not exist`, '');
  const self = process.getuid?.() ?? null;
  if (self !== 0 && asked === null) return null;
  const user = chooseHostUser({ asked, self, owner, passwd: readFileSync('/etc/passwd', 'utf8') }, root);
  if (user === null) return null;
  const { uid, gid } = user;
  const { status } = spawnSync('sh', ['-c', 'cd -- "$1" && [ -w . ]', 'sh', root], { uid, gid, cwd: '/', env: {} });
  if (status === 0) return user;
  throw refusal(
    `the user ${user.name} cannot write to ${root}`,
    'let them (chown -R, and the folders above it), or name another with --host-user',
  );
}

function userOf(asked: string, passwd: string): HostUser | null {
  for (const line of passwd.split('\n')) {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    if (name !== '' && (name === asked || uid === asked)) return { name, uid: Number(uid), gid: Number(gid), home };
  }
  return null;
}

function nameless(uid: number, gid: number): HostUser {
  return { name: String(uid), uid, gid, home: tmpdir() };
}

function refusal(message: string, hint: string): SandboxError {
  return new SandboxError('create_failed', message, hint);
}
