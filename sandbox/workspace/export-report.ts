/** Reads what the export script says. The text comes out of the sandbox, so it is parsed strictly and trusted in nothing. */
import { z } from 'zod';
import { SandboxError } from '../sandbox.ts';

const objectId = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);

const reportSchema = z.object({
  tree: objectId,
  /** What the tree is: the base's, the one that the host has, or a new one, whose pack follows. */
  as: z.enum(['base', 'known', 'new']),
  flattened: z.array(z.string()),
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
});

/** The last line of what the export script says; what follows is the pack. */
export const END_OF_REPORT = 'exported';

/** What the export script did. Paths are relative to the workspace, bytes that are not UTF-8 replaced: for a person to read. */
export type ExportReport = z.infer<typeof reportSchema>;

/** Parses what `exportScript` says, up to its end. Throws `SandboxError` for the script's own refusal and for any odd output. */
export function parseExport(stdout: string): ExportReport {
  const refusal = /^error (\w+) (.*)$/m.exec(stdout);
  if (refusal) throw refused(refusal[1] ?? '', refusal[2] ?? '');
  const single = new Map<string, string>();
  const flattened: string[] = [];
  const skipped: { path: string; reason: string }[] = [];
  const lines = stdout.split('\n');
  if (!lines.includes(END_OF_REPORT))
    throw new SandboxError('export_failed', 'the export from the sandbox was cut short');
  for (const line of lines) {
    const at = line.indexOf(' ');
    const [word, rest] = [line.slice(0, at), line.slice(at + 1)];
    if (word === 'flattened') {
      flattened.push(unquotePath(rest));
    } else if (word === 'skipped') {
      const [path = '', reason = ''] = rest.split('\t');
      skipped.push({ path: unquotePath(path), reason });
    } else if (at > 0) {
      single.set(word, rest);
    }
  }
  const report = { tree: single.get('tree'), as: single.get('as'), flattened, skipped };
  const parsed = reportSchema.safeParse(report);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.');
    throw new SandboxError('export_failed', `the export from the sandbox gave a malformed answer (${field})`);
  }
  return parsed.data;
}

function refused(kind: string, message: string): SandboxError {
  if (kind === 'no_git') return new SandboxError('image_unusable', message, 'use an image with git');
  const hint = kind === 'damaged' ? 'the files are only in the sandbox; resume from the last checkpoint' : '';
  return new SandboxError('export_failed', `the tree cannot leave the sandbox: ${message}`, hint);
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

/** Undoes git's C-style quoting of a path (core.quotePath). */
export function unquotePath(path: string): string {
  if (!/^".*"$/s.test(path)) return path;
  const bytes: Buffer[] = [];
  for (const [part, code] of path.slice(1, -1).matchAll(/\\([0-7]{3}|.)|[^\\]+/gs)) {
    if (code === undefined) bytes.push(Buffer.from(part));
    else bytes.push(Buffer.from([code.length === 3 ? Number.parseInt(code, 8) & 0xff : (ESCAPES[code] ?? 63)]));
  }
  return Buffer.concat(bytes).toString();
}
