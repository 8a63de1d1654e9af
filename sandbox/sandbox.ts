/**
 * The `Sandbox` contract: where untrusted code runs. Two parts that are tested apart: the process contract, which any
 * image with a POSIX shell meets, and the workspace contract, which needs git in the image.
 */

/** Where the repository lies inside a container. The `host` backend uses the user's own folder. */
export const WORKSPACE = '/workspace';

export type Command = {
  /** Shell text, run by the image's bash where it has one, else by its POSIX shell. */
  command: string;
  /** Absolute, or relative to the workspace's root. Defaults to the workspace's root. */
  cwd?: string;
  /** Added to the sandbox's own environment. */
  env?: Record<string, string>;
  /** After this long the whole process tree is killed. */
  timeoutMs?: number;
  /** How many bytes of output to keep at the head and at the tail together; the rest is counted and dropped. */
  maxOutputBytes?: number;
};

/** A command that is started. With `stdin` it gets an open pipe, else an empty stdin. */
export type Spawn = Command & {
  stdin?: boolean;
  /**
   * Called with all output in order as it comes, cut anywhere, whatever `maxOutputBytes` keeps of it. The bytes are good
   * during the call only. Must not throw.
   */
  onOutput?: (data: Buffer) => void;
};

/**
 * Output with its middle dropped when it was longer than the cap. stdout and stderr arrive merged, in the order in
 * which they were written. `totalBytes` is what was written; `head` and `tail` do not overlap.
 */
export type Output = { head: Buffer; tail: Buffer; totalBytes: number };

/** How a process ended. `exitCode` is 128 + n after signal n, as a shell reports it, and null where it is unknown. */
export type ProcessEnd = {
  exitCode: number | null;
  reason: 'exited' | 'timeout' | 'killed' | 'lost';
  output: Output;
  durationMs: number;
};

/** A process that runs in the sandbox. */
export interface SandboxProcess {
  readonly command: string;
  /** Resolves when the process has ended and its output is complete; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** What was written since the last call of `poll` (head and tail of it, by the process's own cap). */
  poll(): Output;
  /** Writes to stdin; false when the process was not started with `stdin`, or has closed it. */
  write(data: string): boolean;
  /** Ends stdin. */
  closeStdin(): void;
  /**
   * Kills the whole process tree, `setsid` and double-forked children included. `ended` then resolves. After the end it kills
   * what the command has left running.
   */
  kill(): Promise<void>;
}

export type FileKind = 'file' | 'folder' | 'symlink' | 'other';

/** `bytes` is the whole file up to `maxBytes`; `size` is its size on disk. */
export type FileContent = { bytes: Buffer; size: number };

export type ListEntry = { path: string; kind: FileKind; size: number };

/** The process contract. Paths are absolute, or relative to the workspace's root. All I/O happens as the agent's user. */
export interface ProcessSandbox {
  /** Runs a command to its end. Rejects with `SandboxError` only when the sandbox itself fails. */
  exec(command: Command, signal?: AbortSignal): Promise<ProcessEnd>;
  /** Starts a command and returns at once. */
  spawn(command: Spawn): Promise<SandboxProcess>;
  /** Reads a regular file; throws `SandboxFileError`. */
  readFile(path: string, options?: { maxBytes?: number }): Promise<FileContent>;
  /** Writes a file and makes its parent folders; an existing file keeps its mode. Throws `SandboxFileError`. */
  writeFile(path: string, data: Buffer | string): Promise<void>;
  /** The entries of a folder, by name; throws `SandboxFileError`. */
  list(path: string): Promise<ListEntry[]>;
  /** Kills everything, removes what was made on the engine. Never throws; may be called twice. */
  dispose(): Promise<void>;
}

/** A file that Drydock puts beside the workspace. `path` is relative to the folder that it is put into. */
export type PlacedFile = { path: string; executable: boolean; bytes: Buffer };

/** What a repository import needs. */
export type RepositoryImport = {
  /**
   * Paths on the host of a git pack and its index, with `base` and, where history is full, its ancestors and tags, but for
   * what the sandbox has. Null: it has all. `name` is the pack's own, `pack-HASH`.
   */
  pack: { name: string; pack: string; index: string } | null;
  /** `ID NAME` lines of the tags that the workspace gets. */
  tags: string;
  /** The digest of these lines. */
  tagsDigest: string;
  /** Full object id of the commit that HEAD names. */
  base: string;
  /** Full object id of the commit whose files are checked out: the base, or a checkpoint on top of it. */
  files: string;
  /** Branch name that HEAD shows inside the sandbox. */
  branch: string;
  objectFormat: 'sha1' | 'sha256';
};

/** The workspace's content as a git tree, and what was done to get it. Paths are relative to the workspace. */
export type ExportedTree = {
  tree: string;
  /**
   * `new`: the pack was written. It holds the tree, but for what is in the known tree or, where none is, in the imported
   * base. Otherwise the tree is that of one of these, and no pack was written.
   */
  as: 'base' | 'known' | 'new';
  /** Nested repositories whose files were taken in without their history. */
  flattened: string[];
  /** What git could not record, and why. */
  skipped: { path: string; reason: string }[];
};

export type ExportRequest = {
  base: string;
  packPath: string;
  known: string | null;
  recorded?: () => void;
};

/** The workspace contract. */
export interface WorkspaceSandbox {
  importRepository(source: RepositoryImport): Promise<void>;
  /**
   * Writes the workspace's tree as a git pack to `packPath` on the host. `base` is the commit that was imported, `known` the
   * newest tree of this sandbox that the host has taken in. `recorded` is called when the tree is recorded, though not
   * on the host yet: the files may change again. Throws `SandboxError` with the cause.
   */
  exportTree(request: ExportRequest): Promise<ExportedTree>;
}

/**
 * A limit of the sandbox was met, or the disk that it lies on is full. `limit` and `observed` are bytes, or a count of
 * processes or files. `text` says what happened and what was done, in the words that the model gets.
 */
export type LimitBreach = {
  kind: 'memory' | 'processes' | 'disk' | 'inodes' | 'engine_disk';
  limit: number;
  observed: number | null;
  text: string;
};

/** `allow`: nothing but the hosts that are named, through a proxy in the host's process. */
export type NetworkPolicy = 'none' | 'allow' | 'full';

/** One connection that a command asked for under the policy `allow`, told when it is over. */
export type NetworkConnection = {
  type: 'network.connection';
  /** As asked for; null where the request named no proper one. */
  host: string | null;
  port: number | null;
  /** The address that the host's name led to; null where it was not looked up or has none. */
  address: string | null;
  /** `failed`: nothing forbids it, but it did not come about. */
  verdict: 'allowed' | 'denied' | 'failed';
  /** Why it was not allowed or did not come about; empty where it was and did. */
  reason: string;
  /** To the server and from it. */
  bytesUp: number;
  bytesDown: number;
  durationMs: number;
};

/** `network.unlogged`: so many more connections were not told one by one. */
export type NetworkEvent = NetworkConnection | { type: 'network.unlogged'; count: number };

export type SandboxInfo = {
  backend: 'docker' | 'host';
  /** The image's name, or null for the host. */
  image: string | null;
  network: NetworkPolicy;
  /** What can be reached under the policy `allow`; empty under the others. */
  allow: readonly string[];
  /** The absolute workspace folder as commands see it. */
  workspace: string;
};

export interface Sandbox extends ProcessSandbox, WorkspaceSandbox {
  readonly info: SandboxInfo;
}

export type SandboxErrorKind =
  | 'engine_unreachable'
  | 'engine_failed'
  | 'image_missing'
  | 'image_unusable'
  | 'build_failed'
  | 'setup_failed'
  | 'create_failed'
  | 'import_failed'
  | 'export_failed'
  | 'lost';

/** The sandbox itself failed. `message` is one line that names the cause; `hint` says the way out. */
export class SandboxError extends Error {
  readonly kind: SandboxErrorKind;
  readonly hint: string;
  constructor(kind: SandboxErrorKind, message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'SandboxError';
    this.kind = kind;
    this.hint = hint;
  }
}

export type FileErrorKind = 'not_found' | 'is_folder' | 'not_a_folder' | 'denied' | 'not_regular' | 'io';

/** A file operation in the sandbox failed for a reason that lies in the file system. */
export class SandboxFileError extends Error {
  readonly kind: FileErrorKind;
  readonly path: string;
  constructor(kind: FileErrorKind, path: string, message: string) {
    super(message);
    this.name = 'SandboxFileError';
    this.kind = kind;
    this.path = path;
  }
}
