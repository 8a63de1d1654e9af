/** The repository into a container and the tree out of it: bundles through a lane, git inside, as the agent's user. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { shellQuote } from '../quote.ts';
import { type ExportedTree, type ExportRequest, type RepositoryImport, SandboxError, WORKSPACE } from '../sandbox.ts';
import { exportScript, importScript, parseExport, parseImport } from '../workspace/index.ts';
import type { Processes } from './processes.ts';

/** Our own files inside the container, outside the workspace: the private git folder and bundles on their way. */
const PRIVATE_FOLDER = '/var/tmp/.drydock';
export const PRIVATE_GIT = `${PRIVATE_FOLDER}/git`;
const PATHS = { workspace: WORKSPACE, privateGit: PRIVATE_GIT };
const IMPORT_FOLDER = `${PRIVATE_FOLDER}/import`;
const EXPORT_BUNDLE = `${PRIVATE_FOLDER}/export.bundle`;
/** Far more than a change that a person reviews; see `receiveTree`. */
const MAX_EXPORT_BYTES = 1024 ** 3;
/** What a script of ours says in all; a talkative git is cut here. */
const MAX_REPORT_BYTES = 16 * 1024 ** 2;

/** The way out where the tree could not be taken out: the sandbox ends with its run. */
const LOST_HINT =
  'these changes went with the sandbox; `drydock resume` goes on with the session from its last checkpoint, or its base';

/**
 * Sends the pack in and checks the files out. `known` is the commit that the image's workspace holds; null: it is empty.
 * Throws `SandboxError`.
 */
export async function importInto(
  processes: Pick<Processes, 'internal'>,
  source: RepositoryImport,
  known: string | null,
): Promise<void> {
  const { base, files, branch, tags, objectFormat, pack } = source;
  const script = importScript({
    ...PATHS,
    ...{ base, files, branch, tags, objectFormat, known },
    pack: pack && { folder: IMPORT_FOLDER, name: pack.name },
  });
  if (pack === null) return parseImport(await report(processes, script));
  // With its index, which the host had for nothing; one after the other, since a shell's tools may read too far ahead.
  const made = `mkdir -p -m 0700 ${PRIVATE_FOLDER} ${IMPORT_FOLDER} || exit 1`;
  await report(processes, `${made}\n${await take(pack.index, 'idx')}`, createReadStream(pack.index));
  parseImport(await report(processes, `${await take(pack.pack, 'pack')}\n${script}`, createReadStream(pack.pack)));
}

/** Script text that takes a file from stdin: by its length, so that the lane's stdin need not end. */
async function take(file: string, name: string): Promise<string> {
  return `head -c ${(await stat(file)).size} >${IMPORT_FOLDER}/${name} || exit 1`;
}

/** Takes the workspace's tree out. Throws `SandboxError`. */
export async function exportFrom(
  processes: Pick<Processes, 'internal'>,
  { base, bundlePath, known, recorded }: ExportRequest,
): Promise<ExportedTree> {
  const said = await report(processes, exportScript({ ...PATHS, base, known, bundle: EXPORT_BUNDLE }));
  recorded?.();
  const { tree, commit, bundleBytes, flattened, skipped } = parseExport(said);
  if (bundleBytes === null) return { tree, commit, changed: false, flattened, skipped };
  if (bundleBytes > MAX_EXPORT_BYTES) {
    throw new SandboxError(
      'export_failed',
      `the changes are ${bundleBytes} bytes packed, over the limit of ${MAX_EXPORT_BYTES}`,
      `${LOST_HINT}; have it keep large files out of git (.gitignore)`,
    );
  }
  const file = createWriteStream(bundlePath, { mode: 0o600 });
  // A full disk may be told at any moment: it is kept for the end, and the lane is read to its end in any case.
  const written = finished(file).then(
    () => null,
    (error: Error) => error,
  );
  let received = 0;
  const code = await processes.internal({
    script: `cat ${shellQuote(EXPORT_BUNDLE)} && rm -f ${shellQuote(EXPORT_BUNDLE)}`,
    onOutput: (data) => {
      received += data.length;
      if (received > bundleBytes || file.destroyed || file.write(data)) return;
      return Promise.race([new Promise<void>((resume) => file.once('drain', resume)), written.then(() => undefined)]);
    },
  });
  file.end();
  const failed = await written;
  if (failed) {
    const text = `the changes could not be written to ${bundlePath}: ${failed.message}`;
    throw new SandboxError('export_failed', text, `free space there; ${LOST_HINT}`, { cause: failed });
  }
  if (code !== 0 || received !== bundleBytes) {
    throw new SandboxError(
      'export_failed',
      `the bundle of the changes broke off after ${received} of ${bundleBytes} bytes`,
      LOST_HINT,
    );
  }
  return { tree, commit, changed: true, flattened, skipped };
}

async function report(
  processes: Pick<Processes, 'internal'>,
  script: string,
  stdin?: NodeJS.ReadableStream,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onOutput = (data: Buffer) => {
    bytes += data.length;
    if (bytes <= MAX_REPORT_BYTES) chunks.push(data);
  };
  await processes.internal({ script, onOutput, ...(stdin ? { stdin } : {}) });
  return Buffer.concat(chunks).toString('utf8');
}
