/**
 * `npm run test:large`: a repository of 100,000 files with a gigabyte of history goes in, and every kind of change comes
 * out of it, byte for byte.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Workplace } from '../agent/workplace.ts';
import { inspectRepository } from '../sandbox/index.ts';
import { openContainer } from './workplace.ts';

const FILES = 100_000;
const HISTORY_COMMITS = 128;
const HISTORY_BYTES = 8 * 1024 ** 2;
const MINUTES = 60_000;

const base = mkdtempSync(join(tmpdir(), 'drydock-large-'));
afterAll(() => rmSync(base, { recursive: true, force: true }), 5 * MINUTES);

const folder = join(base, 'project');
const git = (args: string[], cwd = folder) =>
  execFileSync('git', ['-c', 'core.quotePath=true', ...args], { cwd, maxBuffer: 1024 ** 3 }).toString();

/** Each commit of the history replaces one file of noise; the last one has the 100,000 small files beside it. */
async function makeRepository(): Promise<void> {
  mkdirSync(folder);
  git(['init', '-q', '-b', 'main']);
  const importer = spawn('git', ['fast-import', '--quiet'], { cwd: folder, stdio: ['pipe', 'inherit', 'inherit'] });
  const write = async (data: string | Buffer) => {
    if (!importer.stdin.write(data)) await once(importer.stdin, 'drain');
  };
  const file = async (path: string, data: Buffer) => {
    await write(`M 100644 inline ${path}\ndata ${data.length}\n`);
    await write(data);
    await write('\n');
  };
  for (let commit = 0; commit < HISTORY_COMMITS; commit += 1) {
    await write(`commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + commit} +0000\ndata 1\nx\n`);
    await file('noise.bin', randomBytes(HISTORY_BYTES));
    if (commit < HISTORY_COMMITS - 1) continue;
    for (let index = 0; index < FILES; index += 1) {
      await file(`d${index % 500}/f${index}.txt`, Buffer.from(`file ${index}\n`.repeat(8)));
    }
  }
  importer.stdin.end();
  const [code] = await once(importer, 'close');
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  git(['reset', '-q', '--hard']);
}

describe('a repository of 100,000 files and a gigabyte of history', () => {
  let workplace: Workplace;
  let dir: string;
  let head: string;
  beforeAll(async () => {
    await makeRepository();
    const repository = await inspectRepository(folder, process.env);
    head = repository.head;
    dir = mkdtempSync(join(base, 'session-'));
    workplace = openContainer(dir, repository);
    await workplace.filled;
  }, 15 * MINUTES);
  afterAll(() => workplace.dispose(), 5 * MINUTES);

  const run = async (command: string): Promise<string> => {
    const { output, exitCode } = await workplace.sandbox.exec({ command, timeoutMs: 5 * MINUTES });
    const text = Buffer.concat([output.head, output.tail]).toString('latin1');
    expect(exitCode, text).toBe(0);
    return text;
  };

  it(
    'is in the sandbox with all of its files and all of its history',
    async () => {
      expect(await run('git ls-files | wc -l; git status --porcelain | wc -l; git rev-list --count HEAD')).toBe(
        `${FILES + 1}\n0\n${HISTORY_COMMITS}\n`,
      );
      expect(await run('git cat-file -s HEAD~100:noise.bin')).toBe(`${HISTORY_BYTES}\n`);
      expect(await run('sha1sum <noise.bin')).toBe(
        execFileSync('sh', ['-c', 'sha1sum <noise.bin'], { cwd: folder }).toString(),
      );
    },
    10 * MINUTES,
  );

  it(
    'gives every kind of change back',
    async () => {
      await run(`for i in $(seq 0 999); do echo changed >>d$((i % 500))/f$i.txt; done
for i in $(seq 1000 1999); do rm d$((i % 500))/f$i.txt; done
mkdir moved; for i in $(seq 2000 2999); do mv d$((i % 500))/f$i.txt moved/; done
for i in $(seq 3000 3099); do chmod +x d$((i % 500))/f$i.txt; done
for i in $(seq 3100 3199); do ln -sf ../elsewhere d$((i % 500))/f$i.txt; done
head -c 5000000 /dev/urandom >new.bin; cp new.bin /tmp/new.bin
printf x >"$(printf 'odd \\377\\nname')"; rm -rf d499; mkdir d499; echo new >d499/new.txt`);
      const { commit, files } = await workplace.harvest('change');
      const trusted = join(dir, 'workspace.git');
      const changes = git(['diff-tree', '-r', '-z', '--no-renames', '--raw', head, commit ?? ''], trusted).split('\0');
      const kinds: Record<string, number> = {};
      for (const change of changes.filter((line) => line.startsWith(':'))) {
        const [from = '', to = '', , , kind = ''] = change.slice(1).split(' ');
        const key = from === to ? kind : `${kind} ${from} ${to}`;
        kinds[key] = (kinds[key] ?? 0) + 1;
      }
      // d499 held 200 files, two of each thousand: the two that were changed before are deleted like the others, and the four
      // that were deleted or moved before are counted once.
      expect(kinds).toEqual({
        M: 998,
        'D 100644 000000': 2000 + 200 - 4,
        'A 000000 100644': 1000 + 3,
        'M 100644 100755': 100,
        'T 100644 120000': 100,
      });
      expect(files).toHaveLength(Object.values(kinds).reduce((sum, count) => sum + count, 0));
      expect(git(['cat-file', '-s', `${commit}:new.bin`], trusted)).toBe('5000000\n');
      expect(git(['ls-tree', '--name-only', commit ?? ''], trusted)).toContain('"odd \\377\\nname"');
    },
    10 * MINUTES,
  );
});
