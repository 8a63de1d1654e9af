/** Looks for secrets in everything that a job would publish. Pure. */
import type { ChangedFile } from '../sandbox/index.ts';
import type { SecretFinding } from './comment.ts';
import { isText } from './entries.ts';
import { findSecrets, type Wanted } from './secrets.ts';

/** Finds secrets in what a change brings: the lines that came, whole files that are no text, and names. */
export function scanChange(files: readonly ChangedFile[], wanted: Wanted): SecretFinding[] {
  return files.flatMap((file) => {
    const { path, status, content, added } = file;
    const inName = status === 'D' ? [] : findSecrets(path, wanted).map(({ kind }) => ({ where: path, line: 0, kind }));
    if (content === null) return inName;
    const isByLines = status === 'M' && isText(content);
    const found = findSecrets(isByLines ? added.text : content, wanted);
    return [
      ...inName,
      ...found.map(({ kind, line }) => ({
        where: path,
        kind,
        line: isByLines ? (added.lines[line - 1] ?? line) : line,
      })),
    ];
  });
}

/** Finds secrets in texts, by what each is. */
export function scanTexts(texts: Readonly<Record<string, string>>, wanted: Wanted): SecretFinding[] {
  return Object.entries(texts).flatMap(([where, text]) =>
    findSecrets(text, wanted).map(({ kind, line }) => ({ where, line, kind })),
  );
}
