/** The files that an image has in a folder, as a task's base: packed by git inside a container of the image. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerSandbox, type Engine, SandboxError, shellQuote } from '../sandbox/index.ts';
import { thisProcess } from '../session/index.ts';

/** More than this is no repository that an agent works on. */
const MAX_PACK_BYTES = 1024 ** 3;

/** Everything counts, what is ignored too: what was built in the image is there for the tests. Its history is not. */
const packScript = (workdir: string) => `set -e
git init -q --bare /tmp/drydock-base
export GIT_DIR=/tmp/drydock-base GIT_WORK_TREE=${shellQuote(workdir)}
mkdir -p "$GIT_DIR/info"
echo '* -text -filter -ident -working-tree-encoding' >"$GIT_DIR/info/attributes"
cd "$GIT_WORK_TREE"
find . -mindepth 2 -name .git -prune | head -n 1 | grep -q . && { echo 'it holds another repository' >&2; exit 9; }
git -c core.bare=false -c core.autocrlf=false -c core.fileMode=true add -A -f .
tree=$(git write-tree)
echo "$tree" | git pack-objects -q --revs --stdout >/tmp/drydock-base.pack
echo "$tree"
`;

/** Packs the folder's files and hands pack (a path on the host) and tree to `use`. Throws `SandboxError`. */
export async function withImageFiles<T>(
  engine: Engine,
  { image, workdir, dockerfile }: { image: string | null; workdir: string; dockerfile: string },
  use: (pack: { kind: 'pack'; path: string; tree: string }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-base-'));
  const sandbox = createDockerSandbox(Promise.resolve(engine), {
    ...{ sessionId: `eval-base-${process.pid}`, owner: JSON.stringify(thisProcess()), image, dockerfile },
    ...{ network: 'none', env: {}, onProgress: () => undefined },
  });
  try {
    const { exitCode, output } = await sandbox.exec({ command: packScript(workdir), cwd: '/' });
    const text = output.head.toString('utf8').trim();
    const tree = text.split('\n').at(-1) ?? '';
    if (exitCode !== 0 || !/^[0-9a-f]{40}$/.test(tree)) {
      throw new SandboxError(
        'image_unusable',
        `the files in ${workdir} of ${image} cannot be taken: ${text.slice(0, 300)}`,
      );
    }
    const { bytes, size } = await sandbox.readFile('/tmp/drydock-base.pack', { maxBytes: MAX_PACK_BYTES });
    if (size > MAX_PACK_BYTES)
      throw new SandboxError('image_unusable', `${workdir} of ${image} is larger than 1 GiB packed`);
    const path = join(folder, 'base.pack');
    await writeFile(path, bytes);
    return await use({ kind: 'pack', path, tree });
  } finally {
    await sandbox.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}
