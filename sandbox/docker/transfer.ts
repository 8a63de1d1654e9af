/** The repository into a container and the tree out of it: packs through a lane, git inside, as the agent's user. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type ExportedTree, type ExportRequest, type RepositoryImport, SandboxError, WORKSPACE } from '../sandbox.ts';
import {
  END_OF_REPORT,
  type ExportReport,
  exportScript,
  importScript,
  parseExport,
  parseImport,
} from '../workspace/index.ts';
import type { Processes } from './processes.ts';

/** Our own files inside the container, outside the workspace: the private git folder and packs on their way in. */
const PRIVATE_FOLDER = '/var/tmp/.drydock';
export const PRIVATE_GIT = `${PRIVATE_FOLDER}/git`;
const PATHS = { workspace: WORKSPACE, privateGit: PRIVATE_GIT };
const IMPORT_FOLDER = `${PRIVATE_FOLDER}/import`;
/** Far more than a change that a person reviews; see `receiveTree`. */
const MAX_EXPORT_BYTES = 1024 ** 3;
/** What a script of ours says in all; a talkative git is cut here. */
const MAX_REPORT_BYTES = 4 * 1024 ** 2;
const REPORT_END = Buffer.from(`\n${END_OF_REPORT}\n`);

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
  { base, packPath, known, recorded }: ExportRequest,
): Promise<ExportedTree> {
  let said: Buffer = Buffer.alloc(0);
  let exported: ExportReport | undefined;
  let file: PackFile | undefined;
  const code = await processes.internal({
    script: exportScript({ ...PATHS, base, known }),
    onOutput: (data) => {
      if (file) return file.write(data);
      if (exported || said.length > MAX_REPORT_BYTES) return;
      const from = Math.max(0, said.length - REPORT_END.length);
      said = Buffer.concat([said, data]);
      const at = said.indexOf(REPORT_END, from);
      if (at < 0) return;
      const end = at + REPORT_END.length;
      try {
        exported = parseExport(said.toString('utf8', 0, end));
      } catch {
        // It is read again, and told, once the script has ended.
        return;
      }
      recorded?.();
      if (exported.as !== 'new') return;
      file = openPackFile(packPath);
      return file.write(said.subarray(end));
    },
  });
  const written = await file?.end();
  if (written?.failed) {
    const text = `the changes could not be written to ${packPath}: ${written.failed.message}`;
    throw new SandboxError('export_failed', text, `free space there; ${LOST_HINT}`, { cause: written.failed });
  }
  if (written && written.bytes > MAX_EXPORT_BYTES) {
    throw new SandboxError(
      'export_failed',
      `the changes are ${written.bytes} bytes packed, over the limit of ${MAX_EXPORT_BYTES}`,
      `${LOST_HINT}; have it keep large files out of git (.gitignore)`,
    );
  }
  if (written && code !== 0) {
    const text = `the pack of the changes broke off after ${written.bytes} bytes`;
    throw new SandboxError('export_failed', text, LOST_HINT);
  }
  return exported ?? parseExport(said.toString('utf8'));
}

type PackFile = {
  /** A returned promise holds the sandbox back until the disk has caught up. */
  write(data: Buffer): Promise<void> | undefined;
  /** `bytes` is what came, also where it was too much to be written. */
  end(): Promise<{ bytes: number; failed: Error | null }>;
};

function openPackFile(path: string): PackFile {
  const file = createWriteStream(path, { mode: 0o600 });
  // A full disk may be told at any moment: it is kept for the end, and the lane is read to its end in any case.
  const written = finished(file).then(
    () => null,
    (error: Error) => error,
  );
  let bytes = 0;
  // One for all that is written meanwhile: pieces that have come together are not each waited for.
  let drained: Promise<void> | null = null;
  const drain = () =>
    new Promise<void>((resume) => {
      file.once('drain', () => {
        drained = null;
        resume();
      });
    });
  return {
    write(data) {
      bytes += data.length;
      if (bytes > MAX_EXPORT_BYTES || file.destroyed || file.write(data)) return;
      drained ??= Promise.race([drain(), written.then(() => undefined)]);
      return drained;
    },
    async end() {
      file.end();
      return { bytes, failed: await written };
    },
  };
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
