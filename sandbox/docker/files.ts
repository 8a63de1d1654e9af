/** Files in a container: small shell scripts that run as the agent's user, so that its permissions are what counts. */
import { shellQuote } from '../quote.ts';
import { type FileContent, type FileErrorKind, type ListEntry, SandboxFileError } from '../sandbox.ts';
import { type Processes as AllProcesses, absolute } from './processes.ts';

/** Whatever runs shell text as the agent's user: the `host` backend does too. */
type Processes = Pick<AllProcesses, 'internal'>;

/** Read at most this much of a file unless the caller says otherwise. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** The exit codes by which the scripts below say what went wrong; all else is `io`. */
const FAILURES: Record<number, { kind: FileErrorKind; text: string }> = {
  44: { kind: 'not_found', text: 'no such file or folder' },
  45: { kind: 'is_folder', text: 'is a folder' },
  46: { kind: 'not_regular', text: 'is not a regular file' },
  47: { kind: 'denied', text: 'permission denied' },
  48: { kind: 'not_a_folder', text: 'is not a folder' },
};

async function run(processes: Processes, path: string, script: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const code = await processes.internal({ script, onOutput: (data) => void chunks.push(data) });
  const output = Buffer.concat(chunks);
  if (code === 0) return output;
  const failure = FAILURES[code] ?? { kind: 'io', text: output.toString('utf8').trim().slice(-300) || `exit ${code}` };
  throw new SandboxFileError(failure.kind, path, `${path}: ${failure.text}`);
}

/** Leaves with 44 or 48 for a path that is not there: the nearest ancestor that is tells which. */
const MISSING = `p=$f; while [ ! -e "$p" ]; do p=\${p%/*}; [ -n "$p" ] || p=/; done; [ -d "$p" ] && exit 44; exit 48`;
const EXISTS = `[ -e "$f" ] || [ -L "$f" ] || { ${MISSING}; }`;

export async function readFile(
  processes: Processes,
  path: string,
  maxBytes: number = DEFAULT_MAX_BYTES,
): Promise<FileContent> {
  const file = `f=${shellQuote(absolute(path))}; ${EXISTS}`;
  const regular = `[ -d "$f" ] && exit 45; [ -f "$f" ] || exit 46; [ -r "$f" ] || exit 47`;
  const bytes = await run(processes, path, `${file}; ${regular}; head -c ${maxBytes + 1} "$f" 2>/dev/null`);
  if (bytes.length <= maxBytes) return { bytes, size: bytes.length };
  const size = await run(processes, path, `${file}; wc -c <"$f"`);
  return { bytes: bytes.subarray(0, maxBytes), size: Number(size.toString('latin1').trim()) };
}

export async function writeFile(processes: Processes, path: string, data: Buffer | string): Promise<void> {
  const target = absolute(path);
  const folder = target.slice(0, target.lastIndexOf('/')) || '/';
  // In lines, since a shell need not take one of any length.
  const lines = Buffer.from(data)
    .toString('base64')
    .replace(/.{1,4096}/g, '$&\n');
  const script = `f=${shellQuote(target)}; d=${shellQuote(folder)}
[ -d "$f" ] && exit 45
[ -d "$d" ] || mkdir -p -- "$d" 2>/dev/null || { p=$d; while [ ! -e "$p" ]; do p=\${p%/*}; [ -n "$p" ] || p=/; done; [ -d "$p" ] && exit 47; exit 48; }
if [ -e "$f" ]; then [ -f "$f" ] || exit 46; [ -w "$f" ] || exit 47; else [ -L "$f" ] || [ -w "$d" ] || exit 47; fi
base64 -d >"$f" <<'END'
${lines}END`;
  await run(processes, path, script);
}

export async function list(processes: Processes, path: string): Promise<ListEntry[]> {
  // Kind and name by the shell itself, NUL-terminated since a name may hold a newline; then the sizes in the same order.
  const script = `f=${shellQuote(absolute(path))}; ${EXISTS}; [ -d "$f" ] || exit 48; cd -- "$f" 2>/dev/null && [ -r . ] || exit 47
set --
for n in * .[!.]* ..?*; do
  if [ -L "$n" ]; then k=symlink; elif [ -d "$n" ]; then k=folder; elif [ -f "$n" ]; then k=file; elif [ -e "$n" ]; then k=other; else continue; fi
  set -- "$@" "./$n"; printf '%s/%s\\000' $k "$n"
done
[ $# -eq 0 ] || stat -c %s "$@" 2>/dev/null`;
  const output = (await run(processes, path, script)).toString('utf8');
  const parts = output.split('\0');
  const sizes = (parts.pop() ?? '').trim().split('\n');
  return parts
    .map((part, index): ListEntry => {
      const slash = part.indexOf('/');
      return { kind: kindOf(part.slice(0, slash)), path: part.slice(slash + 1), size: Number(sizes[index] ?? 0) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function kindOf(text: string): ListEntry['kind'] {
  return text === 'file' || text === 'folder' || text === 'symlink' ? text : 'other';
}
