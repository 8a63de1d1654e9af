import { unquotePath } from '../../sandbox/index.ts';

/** A file that a patch touches, by its name after it; of one that it deletes, the name before. */
export type PatchFile = { path: string; isDeleted: boolean };

/** The files that a git patch touches, in its order. What stands in hunks and in binary parts is not looked at. */
export function filesOfPatch(patch: Uint8Array): PatchFile[] {
  const files: PatchFile[] = [];
  let isHeader = false;
  for (const raw of Buffer.from(patch).toString().split('\n')) {
    const line = raw.replace(/\r$/, '');
    if (line.startsWith('diff --git ')) {
      files.push({ path: nameInHeader(line.slice('diff --git '.length)), isDeleted: false });
      isHeader = true;
      continue;
    }
    const file = files.at(-1);
    if (!isHeader || file === undefined) continue;
    if (/^@@ |^GIT binary patch/.test(line)) isHeader = false;
    else if (line.startsWith('deleted file mode ')) file.isDeleted = true;
    else file.path = nameInLine(line) ?? file.path;
  }
  return files;
}

function nameInLine(line: string): string | null {
  const [, sort, quoted] = /^(rename to|copy to|---|\+\+\+) (.*?)\t?$/.exec(line) ?? [];
  if (sort === undefined || quoted === undefined || quoted === '/dev/null') return null;
  const path = unquotePath(quoted);
  return sort.endsWith(' to') ? path : path.replace(/^[ab]\//, '');
}

/** `a/PATH b/PATH`: of a file without other lines both are the same, which tells where they part when they have spaces. */
function nameInHeader(both: string): string {
  const quoted = /^("(?:[^"\\]|\\.)*") /.exec(both)?.[1];
  if (quoted !== undefined) return unquotePath(quoted).replace(/^a\//, '');
  return both.slice(0, (both.length - 1) / 2).replace(/^a\//, '');
}
