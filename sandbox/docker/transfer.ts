/** The repository into a container and the tree out of it: bundles through a lane, git inside, as the agent's user. */

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { shellQuote } from '../quote.ts';
import { type ExportedTree, type RepositoryImport, SandboxError, WORKSPACE } from '../sandbox.ts';
import { exportScript, importScript, parseExport, parseImport } from '../workspace/index.ts';
import type { Processes } from './processes.ts';

/** Our own files inside the container, outside the workspace: the private git folder and bundles on their way. */
const PRIVATE_FOLDER = '/var/tmp/.drydock';
const PATHS = { workspace: WORKSPACE, privateGit: `${PRIVATE_FOLDER}/git` };
const IMPORT_BUNDLE = `${PRIVATE_FOLDER}/import.bundle`;
const EXPORT_BUNDLE = `${PRIVATE_FOLDER}/export.bundle`;
/** Far more than a change that a person reviews; see `receiveTree`. */
const MAX_EXPORT_BYTES = 1024 ** 3;
/** What a script of ours says in all; a talkative git is cut here. */
const MAX_REPORT_BYTES = 16 * 1024 ** 2;

/** Sends the bundle in and checks its base out. Throws `SandboxError`. */
export async function importInto(processes: Processes, source: RepositoryImport): Promise<void> {
  const { base, files, branch, objectFormat } = source;
  const take = `mkdir -p -m 0700 ${PRIVATE_FOLDER} && cat >${shellQuote(IMPORT_BUNDLE)} || exit 1`;
  const script = importScript({ ...PATHS, bundle: IMPORT_BUNDLE, base, files, branch, objectFormat });
  parseImport(await report(processes, `${take}\n${script}`, createReadStream(source.bundle)));
}

/** Takes the workspace's tree out. Throws `SandboxError`. */
export async function exportFrom(processes: Processes, base: string, bundlePath: string): Promise<ExportedTree> {
  const said = await report(processes, exportScript({ ...PATHS, base, bundle: EXPORT_BUNDLE }));
  const { tree, commit, bundleBytes, flattened, skipped } = parseExport(said);
  if (bundleBytes === null) return { tree, commit, changed: false, flattened, skipped };
  if (bundleBytes > MAX_EXPORT_BYTES) {
    throw new SandboxError(
      'export_failed',
      `the changes are ${bundleBytes} bytes packed, over the limit of ${MAX_EXPORT_BYTES}`,
      'have the large files ignored (.gitignore) or removed',
    );
  }
  const file = createWriteStream(bundlePath, { mode: 0o600 });
  let received = 0;
  const code = await processes.internal({
    script: `cat ${shellQuote(EXPORT_BUNDLE)} && rm -f ${shellQuote(EXPORT_BUNDLE)}`,
    onOutput: (data) => {
      received += data.length;
      if (received > bundleBytes || file.write(data)) return;
      return once(file, 'drain').then(() => undefined);
    },
  });
  file.end();
  await once(file, 'close');
  if (code !== 0 || received !== bundleBytes) {
    throw new SandboxError(
      'export_failed',
      `the bundle of the changes broke off after ${received} of ${bundleBytes} bytes`,
    );
  }
  return { tree, commit, changed: true, flattened, skipped };
}

async function report(processes: Processes, script: string, stdin?: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onOutput = (data: Buffer) => {
    bytes += data.length;
    if (bytes <= MAX_REPORT_BYTES) chunks.push(data);
  };
  await processes.internal({ script, onOutput, ...(stdin ? { stdin } : {}) });
  return Buffer.concat(chunks).toString('utf8');
}
