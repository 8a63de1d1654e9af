/** The `Tool` contract: what the model may call. */
import type { z } from 'zod';
import type { ImagePart, Json, TextPart } from '../models/index.ts';
import type { ProcessSandbox } from '../sandbox/index.ts';

/** What a tool needs from the world; filled in by `agent/`. */
export type ToolContext = {
  sandbox: ProcessSandbox;
  /** The folder that relative paths and commands start from, absolute, as the sandbox sees it. */
  cwd: string;
  signal: AbortSignal;
  /** Keeps a whole output that the model sees clipped, and returns its handle. */
  keep(data: Buffer): Promise<string>;
  /** Takes secrets out of text that is about to be cut or shown; as many lines are left. */
  redact(text: string): string;
  /** Whether what a file holds may be shown; for tools that come upon files by themselves. The path is absolute. */
  mayRead(path: string): boolean;
  /** Brings back what the session has said. */
  recall(query: RecallQuery): Promise<Recalled>;
  /** State that lives as long as the session's sandbox: running processes, what was read when. */
  state: ToolState;
};

/** What to bring back. `offset`: characters into what a handle names, or matches of a search to pass over. */
export type RecallQuery = ({ handle: string } | { pattern: string } | { words: string }) & { offset: number };

/** `text` is for the model, `details` for the log. */
export type Recalled = { text: string; isError: boolean; details: { [key: string]: Json } };

/** The digest of a file when the model last saw it, by absolute path; and the processes it left running, by handle. */
export type ToolState = {
  seen: Map<string, string>;
  processes: Map<string, import('../sandbox/index.ts').SandboxProcess>;
};

/** `content` is for the model, `details` for the log and the person who reads it. */
export type ToolResult = {
  content: (TextPart | ImagePart)[];
  isError: boolean;
  details: { [key: string]: Json };
};

/** What a call would do, as rules name it: run a shell command, or read or write a file (or all below a folder). */
export type Reach =
  | { kind: 'command'; command: string }
  | { kind: 'read'; path: string }
  /** `text`: what the file would hold anew; absent where there is nothing. */
  | { kind: 'write'; path: string; text?: string };

/**
 * A tool. `run` gets parsed input and reports failures that the model can mend as results with `isError`; it throws
 * only `SandboxError` (the sandbox is gone) and on an abort.
 */
export type Tool<Input = unknown> = {
  name: string;
  description: string;
  input: z.ZodType<Input>;
  /** What a model is told of the input, as a JSON schema, where it is not made from `input`. */
  parameters?: { [key: string]: Json };
  /** What it may change. One that touches nothing may run beside other calls of the same turn. */
  touches: 'nothing' | 'files' | 'anything';
  /** What a call would do. Absent: the tool cannot say, so only rules for its name speak of it. */
  reaches?(input: Input): Reach[];
  run(input: Input, context: ToolContext): Promise<ToolResult>;
};
