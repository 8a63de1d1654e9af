/** The refs and commits of the double: a real bare repository, in which people's commits are made by real git. */
import { clientGit, git } from './git.ts';

/** What a path of a commit becomes: text, bytes, another kind of entry (for `160000`, `data` is a commit's id), or gone. */
export type FileChange =
  | string
  | Buffer
  | null
  | { mode: '100644' | '100755' | '120000' | '160000'; data: string | Buffer };
export type FileChanges = Readonly<Record<string, FileChange>>;

export type NewCommit = {
  /** The full name of the ref that will point at it. */
  ref: string;
  /** Its parent; null: it has none. */
  parent: string | null;
  files: FileChanges;
  message: string;
  author: string;
  /** Seconds since 1970. */
  time: number;
};

export type Refs = ReturnType<typeof openRefs>;

/** Opens a bare repository. */
export function openRefs(gitDir: string) {
  const run = (args: readonly string[], stdin?: string | Buffer) => git(gitDir, args, undefined, stdin);
  return {
    gitDir,
    /** All refs by their full names, with the commits that they point at. */
    async list(): Promise<Map<string, string>> {
      const text = await run(['for-each-ref', '--format=%(refname) %(objectname)']);
      const lines = text === '' ? [] : text.split('\n');
      return new Map(
        lines.map((line) => {
          const space = line.lastIndexOf(' ');
          return [line.slice(0, space), line.slice(space + 1)];
        }),
      );
    },
    /** The commit of a branch, of a ref's full name or of a full id; null: there is none. */
    async resolve(name: string): Promise<string | null> {
      const full = /^([0-9a-f]{40}|refs\/.*)$/.test(name) ? name : `refs/heads/${name}`;
      const end = await clientGit(gitDir, ['rev-parse', '--verify', '-q', `${full}^{commit}`]);
      return end.code === 0 ? end.stdout.trim() : null;
    },
    /** Makes a commit and moves its ref, whatever the ref pointed at. Gives the commit's id. */
    async commit(commit: NewCommit): Promise<string> {
      await run(['fast-import', '--quiet', '--force'], importStream(commit));
      return await run(['rev-parse', '--verify', commit.ref]);
    },
    async set(ref: string, commit: string): Promise<void> {
      await run(['update-ref', ref, commit]);
    },
    async remove(ref: string): Promise<void> {
      await run(['update-ref', '-d', ref]);
    },
    async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
      return (await clientGit(gitDir, ['merge-base', '--is-ancestor', ancestor, descendant])).code === 0;
    },
    /** Merges a commit into another and gives the merge's id. Throws on a conflict. */
    async merge(into: string, commit: string, message: string): Promise<string> {
      const tree = (await run(['merge-tree', '--write-tree', into, commit])).split('\n')[0] ?? '';
      return await run(['commit-tree', tree, '-p', into, '-p', commit, '-m', message]);
    },
    /** The content of a file; null: there is none. Only for text. */
    async file(commit: string, path: string): Promise<string | null> {
      const end = await clientGit(gitDir, ['cat-file', 'blob', `${commit}:${path}`]);
      return end.code === 0 ? end.stdout : null;
    },
    /** Any other question to git, for what a test has to look at. */
    git: (...args: string[]) => run(args),
  };
}

/** The commit in the language of `git fast-import`, which takes any path and any bytes. */
function importStream(commit: NewCommit): Buffer {
  const parts: (string | Buffer)[] = [
    `commit ${commit.ref}\n`,
    `committer ${commit.author} <${commit.author}@users.noreply.example.org> ${commit.time} +0000\n`,
    ...data(commit.message),
    commit.parent === null ? '' : `from ${commit.parent}\n`,
  ];
  for (const [path, change] of Object.entries(commit.files)) {
    const quoted = `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
    if (change === null) parts.push(`D ${quoted}\n`);
    else if (typeof change === 'string' || Buffer.isBuffer(change)) {
      parts.push(`M 100644 inline ${quoted}\n`, ...data(change));
    } else if (change.mode === '160000') parts.push(`M 160000 ${change.data.toString()} ${quoted}\n`);
    else parts.push(`M ${change.mode} inline ${quoted}\n`, ...data(change.data));
  }
  return Buffer.concat([...parts, '\n'].map((part) => Buffer.from(part)));
}

function data(content: string | Buffer): (string | Buffer)[] {
  return [`data ${Buffer.byteLength(content)}\n`, content, '\n'];
}
