/** `drydock run` and `drydock resume`: from options to a run, from a run to what is printed and the exit code. */
import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  type Limits,
  type RunOptions,
  type RunResult,
  resumeTask,
  runTask,
  type TaskEvent,
} from '../../agent/index.ts';
import { defaultModel, resolveModel } from '../../models/index.ts';
import { CAPABILITIES, type ContainerLimits, hideProcess, type ImageRequest } from '../../sandbox/index.ts';
import { backendOf } from '../../session/index.ts';
import { dockerfilePath } from '../dockerfile.ts';
import { UsageError, withHint } from '../errors.ts';
import { interruptible } from '../interrupt.ts';
import {
  type LimitOptions,
  limitOptions,
  networkPolicy,
  parseOptions,
  type RunOptions as RunFlags,
  runOptions,
} from '../options.ts';
import { writeOut } from '../output.ts';
import { paintDiff } from '../render/diff.ts';
import { jsonLine } from '../render/json.ts';
import { createLive } from '../render/live.ts';
import { cost, painter, type Style, tokens } from '../render/text.ts';
import { readTask } from '../task-input.ts';
import { VERSION } from '../version.ts';
import { chosenSession, sessionsFolder } from '../which-session.ts';

/** Turns that a long task may take; a loop that needs more is lost. */
const DEFAULT_MAX_TURNS = 100;
const DEFAULT_VERIFY_ATTEMPTS = 3;

/** Runs a task in a new session. */
export async function runCommand(argument: string | undefined, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(runOptions, raw);
  refuseWhatIsMissing(options, raw);
  // Before anything is read: the process may be replaced.
  if (options.sandbox === 'host') hideProcess();
  const task = await readTask(argument, options.file, process.stdin);
  const cwd = folderOfCall(options.cd);
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${cwd} is not a folder`);
  const model = resolveModel(
    options.model ?? process.env.DRYDOCK_MODEL ?? defaultModel(process.env),
    options.contextWindow === undefined ? {} : { contextWindow: options.contextWindow },
  );
  if (options.maxCost !== undefined && model.prices === null) {
    throw new UsageError(
      `--max-cost cannot be kept: the price of ${model.id} is unknown`,
      'leave it out and use --max-turns, or choose a model of the catalogue',
    );
  }
  const image = imageOf(options);
  return present(options, null, (common) =>
    runTask({
      ...common,
      task,
      cwd,
      sessionsDir: sessionsFolder(options.sessionDir),
      limits: limitsOf(options, null),
      model,
      reasoningEffort: options.effort ?? null,
      backend: options.sandbox,
      image,
      setup: { commands: options.setup, network: options.setupNetwork ?? 'full' },
      ...(options.sandbox === 'host' ? { network: 'full', allow: [] } : networkPolicy(options)),
      sandboxLimits: containerLimits(options),
      includeDirty: options.includeDirty,
      hostUser: options.hostUser ?? null,
    }),
  );
}

/** Goes on with a session. */
export async function resumeCommand(
  session: string,
  argument: string | undefined,
  raw: Record<string, unknown>,
): Promise<number> {
  const options = parseOptions(limitOptions.extend({ file: runOptions.shape.file }), raw);
  const dir = await chosenSession(options.sessionDir, session);
  if ((await backendOf(dir)) === 'host') hideProcess();
  const task =
    argument === undefined && options.file === undefined ? null : await readTask(argument, options.file, process.stdin);
  return present(options, basename(dir), (common) =>
    resumeTask({ ...common, dir, task, limits: (before) => limitsOf(options, before) }),
  );
}

type Common = Omit<RunOptions, 'limits'>;

/** Carries a run out and shows it: live on stderr, the result on stdout. `session` is null until it is made. */
async function present(
  options: LimitOptions,
  session: string | null,
  start: (common: Common) => Promise<RunResult>,
): Promise<number> {
  const missing = options.env.find((name) => process.env[name] === undefined);
  if (missing !== undefined) throw new UsageError(`--env ${missing}: there is no such variable in the environment`);
  const live = createLive(process.stderr, process.env);
  let sessionId = session;
  const interrupt = interruptible(
    () => live.note('stopping; once more to stop at once'),
    () => sessionId,
  );
  const emit = (event: TaskEvent) => {
    if (event.type === 'log' && event.event.type === 'session.created') sessionId = event.event.id;
    if (options.json) void writeOut(jsonLine(event));
    if (!options.json || event.type === 'progress') live.show(event);
  };
  let result: RunResult;
  try {
    result = await start({
      env: process.env,
      version: VERSION,
      dockerfile: dockerfilePath(),
      passEnv: options.env,
      branch: options.output === 'branch',
      apply: options.apply,
      signal: interrupt.signal,
      emit,
    });
  } finally {
    live.stop();
    interrupt.release();
  }
  await report(options, result);
  return result.exitCode;
}

async function report(options: LimitOptions, { sessionId, end, harvest }: RunResult): Promise<void> {
  const paint = painter(process.stderr, process.env);
  const say = (style: Style, line: string) => process.stderr.write(`${paint(style, withHint(line, ''))}\n`);
  for (const remark of harvest.remarks) say('yellow', `note: ${remark}`);
  for (const path of harvest.flattened)
    say('yellow', `note: the nested repository ${path} was taken in as plain files`);
  if (!options.json && harvest.patch !== null) {
    const onTerminal = process.stdout.isTTY === true;
    const text = harvest.patch.toString('utf8');
    await writeOut(onTerminal ? paintDiff(text, painter(process.stdout, process.env)) : harvest.patch);
  }
  if (end.outcome !== 'completed') say('red', `drydock: ${withHint(end.message, end.hint)}`);
  const changed = harvest.files.length;
  const what =
    changed === 0
      ? 'no file changed'
      : `${changed} ${changed === 1 ? 'file' : 'files'} changed${harvest.branch === null ? '' : ` on branch ${harvest.branch}`}`;
  const { inputTokens, outputTokens, costUsd } = end.usage;
  say('dim', `${end.turns} turns, ${tokens(inputTokens)} tokens in, ${tokens(outputTokens)} out, ${cost(costUsd)}`);
  say('dim', `session ${sessionId}: ${what}; see it with: drydock show ${sessionId}`);
}

/** The folder to work in. */
function folderOfCall(cd: string | undefined): string {
  try {
    return resolve(cd ?? '.');
  } catch (error) {
    // The process's own folder is needed for a relative path, and it may have been deleted.
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the current folder is gone (${why})`, 'go to another, or name one with --cd');
  }
}

/** The limits from the flags; what they do not say is taken from the session's earlier run, else the defaults. */
function limitsOf(options: LimitOptions, before: Limits | null): Limits {
  return {
    maxTurns: options.maxTurns ?? before?.maxTurns ?? DEFAULT_MAX_TURNS,
    maxCostUsd: options.maxCost ?? before?.maxCostUsd ?? null,
    timeoutMs: options.timeout ?? before?.timeoutMs ?? null,
    verify: options.verify ?? before?.verify ?? null,
    verifyAttempts: options.verifyAttempts ?? before?.verifyAttempts ?? DEFAULT_VERIFY_ATTEMPTS,
  };
}

/** Where the image comes from: one of three flags says it, or none. */
function imageOf({ image, dockerfile, devcontainer, setup, setupNetwork }: RunFlags): ImageRequest {
  const flags = [
    image === undefined ? null : '--image',
    dockerfile === undefined ? null : '--dockerfile',
    devcontainer ? '--devcontainer' : null,
  ].filter((flag) => flag !== null);
  if (flags.length > 1) {
    throw new UsageError(`${flags.join(' and ')} exclude each other`, 'the image comes from one place: choose one');
  }
  if (setupNetwork !== undefined && setup.length === 0 && !devcontainer) {
    throw new UsageError('--setup-network says nothing without --setup', 'add a --setup command, or leave it out');
  }
  if (devcontainer) return { kind: 'devcontainer' };
  if (dockerfile !== undefined) return { kind: 'dockerfile', path: dockerfile };
  if (image === undefined) return { kind: 'own' };
  return image === 'auto' ? { kind: 'auto' } : { kind: 'image', name: image };
}

/** What the flags say of the container's limits. */
function containerLimits({ memory, cpus, pids, disk }: RunFlags): Partial<ContainerLimits> {
  return {
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(pids === undefined ? {} : { pids }),
    ...(disk === undefined ? {} : { diskBytes: disk }),
  };
}

/** What a backend cannot do is refused by name, never silently skipped. `raw` has only what was given. */
function refuseWhatIsMissing(options: RunFlags, raw: Record<string, unknown>): void {
  const can = CAPABILITIES[options.sandbox];
  const missing = [
    ...(['memory', 'cpus', 'pids', 'disk'] as const).filter((limit) => !can.limits.includes(limit)),
    ...(can.images ? [] : ['image', 'dockerfile', 'devcontainer', 'setup', 'setupNetwork']),
    ...(can.copies ? [] : ['includeDirty', 'apply']),
    ...(can.users ? [] : ['hostUser']),
  ].filter((name) => raw[name] !== undefined && raw[name] !== false);
  const flags = missing.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  const { network, allow } = options;
  if (network !== undefined && !can.networks.includes(network)) flags.push(`--network ${network}`);
  if (allow.length > 0 && !can.networks.includes('allow')) flags.push('--allow');
  if (flags.length === 0) return;
  throw new UsageError(
    `${flags.join(', ')} has no meaning with --sandbox ${options.sandbox}`,
    options.sandbox === 'host'
      ? 'it works in place, as the machine is: without a container, a network policy or limits of its own'
      : 'commands run as the user of the image',
  );
}
