/**
 * The workspace contract, as every backend that has git keeps it: the repository is in with its history, and every kind of
 * change comes out as a commit on its base. `npm run test:podman` holds Podman to it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openHostWorkplace, type Workplace } from '../agent/workplace.ts';
import { inspectRepository, type Repository } from '../sandbox/index.ts';
import { makeRepository, type TestRepository, temporaryFolder } from './harness.ts';
import { openContainer } from './workplace.ts';

const FILES = {
  'src/kept.txt': 'kept\n',
  'src/changed.txt': 'one\n',
  'src/deleted.txt': 'deleted\n',
  'src/moved.txt': 'moved\n',
  'script.sh': 'echo hi\n',
  'link-to-be': 'a file\n',
  'data.bin': Buffer.from([0, 1, 2, 255, 13, 10]),
  'folder/inner.txt': 'inner\n',
  '.gitignore': 'ignored/\n',
};

/** Every kind of change, one of each. */
const CHANGE = `echo two >>src/changed.txt; rm src/deleted.txt; mkdir -p to; mv src/moved.txt to/moved.txt
chmod +x script.sh; rm link-to-be; ln -s src/kept.txt link-to-be; printf '\\000\\377' >>data.bin
rm -r folder; echo file >folder; printf x >"$(printf 'odd\\377\\nname')"; : >empty; mkdir -p ignored; echo no >ignored/no`;

function workspaceContract(name: string, open: (repository: Repository, dir: string, root: string) => Workplace): void {
  describe(`workspace contract: ${name}`, () => {
    let user: TestRepository;
    let workplace: Workplace;
    let dir: string;
    let head: string;
    beforeAll(async () => {
      user = makeRepository(FILES);
      user.git('commit', '-q', '--allow-empty', '-m', 'second');
      head = user.git('rev-parse', 'HEAD');
      dir = temporaryFolder();
      workplace = open(await inspectRepository(user.dir, process.env), dir, user.dir);
      await workplace.filled;
    });
    afterAll(() => workplace.dispose());

    const run = async (command: string): Promise<string> => {
      const { output, exitCode } = await workplace.sandbox.exec({ command });
      const text = Buffer.concat([output.head, output.tail]).toString('latin1');
      expect(exitCode, text).toBe(0);
      return text;
    };
    const trusted = (...args: string[]) =>
      execFileSync('git', [`--git-dir=${join(dir, 'workspace.git')}`, ...args]).toString('latin1');

    it('has every file of the base and its history, and nothing that differs', async () => {
      expect(
        await run('git status --porcelain; git rev-list --count HEAD; cat src/kept.txt; od -An -tx1 data.bin'),
      ).toBe('2\nkept\n 00 01 02 ff 0d 0a\n');
    });

    it('gives nothing where nothing has changed', async () => {
      const saved = await workplace.checkpoint('nothing', () => undefined);
      expect(saved?.commit ?? null).toBeNull();
    });

    it('gives every kind of change, byte for byte, as a commit on the base', async () => {
      await run(CHANGE);
      const { commit, files } = await workplace.harvest('change');
      expect(trusted('diff-tree', '-r', '-z', '--no-renames', '--name-status', head, commit ?? '').split('\0')).toEqual(
        [
          ['M', 'data.bin'],
          ['A', 'empty'],
          ['A', 'folder'],
          ['D', 'folder/inner.txt'],
          ['T', 'link-to-be'],
          ['A', 'odd\xff\nname'],
          ['M', 'script.sh'],
          ['M', 'src/changed.txt'],
          ['D', 'src/deleted.txt'],
          ['D', 'src/moved.txt'],
          ['A', 'to/moved.txt'],
          '',
        ].flat(),
      );
      expect(files).toHaveLength(11);
      expect(trusted('rev-parse', `${commit}^`).trim()).toBe(head);
      expect(trusted('ls-tree', commit ?? '', 'script.sh', 'link-to-be').replaceAll(/ \w+ [0-9a-f]{40}\t/g, ' ')).toBe(
        '120000 link-to-be\n100755 script.sh\n',
      );
      const blob = (path: string) => trusted('cat-file', 'blob', `${commit}:${path}`);
      expect([blob('data.bin'), blob('link-to-be'), blob('src/changed.txt'), blob('empty')]).toEqual([
        '\0\x01\x02\xff\r\n\0\xff',
        'src/kept.txt',
        'one\ntwo\n',
        '',
      ]);
    });
  });
}

workspaceContract('docker', (repository, dir) => openContainer(dir, repository));
workspaceContract('host', (repository, dir, root) => openHostWorkplace({ dir, root, repository, env: {}, user: null }));
