/**
 * Canaries: made-up secrets that every end-to-end run finds around it, in its environment and in its user's files, and the
 * search for them in what the run left behind. Each holds `CANARY`, so that one search finds all.
 */
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const CANARY = 'canary-5f1c9e';

/** Is meant to be found: what shows that a search can find. */
export const DECOY = 'decoy-5f1c9e';

/** What a user's environment may hold beside the model's key (for that, see `model-server.ts`). */
export const CANARY_ENV: Record<string, string> = {
  GITHUB_TOKEN: `${CANARY}-forge`,
  AWS_SECRET_ACCESS_KEY: `${CANARY}-cloud`,
  NPM_TOKEN: `${CANARY}-registry`,
  SMTP_PASSWORD: `${CANARY}-mail`,
};

/** Files of a home that hold secrets, by path. */
const CANARY_FILES: Record<string, string> = {
  '.gitconfig': `[http]\n\textraHeader = Authorization: Bearer ${CANARY}-header\n[url "https://ada:${CANARY}-url@git.invalid/"]\n\tinsteadOf = https://git.invalid/\n`,
  '.netrc': `machine git.invalid login ada password ${CANARY}-netrc\n`,
  '.git-credentials': `https://ada:${CANARY}-stored@git.invalid\n`,
  '.npmrc': `//registry.invalid/:_authToken=${CANARY}-npm\n`,
  '.docker/config.json': JSON.stringify({ auths: { 'registry.invalid': { auth: `${CANARY}-docker` } } }),
  '.aws/credentials': `[default]\naws_secret_access_key = ${CANARY}-aws\n`,
  '.ssh/id_ed25519': `-----BEGIN OPENSSH PRIVATE KEY-----\n${CANARY}-ssh\n-----END OPENSSH PRIVATE KEY-----\n`,
};

/** Puts the files into a home, but for those that a test has put there itself. */
export function plantCanaries(home: string): void {
  for (const [path, text] of Object.entries(CANARY_FILES)) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    try {
      writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

/** The paths below a home, but for those where they were planted, whose name or content holds a canary. */
export function canariesBelow(home: string): string[] {
  const found: string[] = [];
  const visit = (path: string) => {
    const full = join(home, path);
    const stat = lstatSync(full);
    if (path.includes(CANARY)) found.push(path);
    if (stat.isFile() && readFileSync(full).includes(CANARY)) found.push(path);
    if (!stat.isDirectory()) return;
    const names = readdirSync(full);
    if (names.includes('objects') && names.includes('HEAD') && gitObjects(full).includes(CANARY)) found.push(path);
    for (const name of names) {
      const below = path === '' ? name : `${path}/${name}`;
      if (!(below in CANARY_FILES)) visit(below);
    }
  };
  visit('');
  return found;
}

/** The content of all objects of a git folder: in its files they are compressed. */
function gitObjects(gitDir: string): Buffer {
  const args = [`--git-dir=${gitDir}`, 'cat-file', '--batch-all-objects', '--batch', '--buffer'];
  const env = { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  return execFileSync('git', args, { env, maxBuffer: 2 ** 31 - 1, stdio: ['ignore', 'pipe', 'ignore'] });
}

/**
 * Shell text that says where in a container, as its user sees it, a canary or a decoy is: in the environment or the
 * command line of a process (`environ: …`, `cmdline: …`), or in a file of `folders`. It does not find itself.
 */
export function containerSearch(folders: string): string {
  const pattern = `${CANARY}|${DECOY}`.replaceAll('y-', '[y]-');
  return `for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do
  tr '\\0' '\\n' <$f | grep -aE '${pattern}' | sed "s|^|\${f##*/}: |"
done 2>/dev/null | sort -u
LC_ALL=C grep -rlsaE -D skip --exclude-dir=proc --exclude-dir=sys '${pattern}' ${folders}
echo searched`;
}
