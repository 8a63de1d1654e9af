/** What a new run and a resumed one share: the loop in a workplace, then the harvest, then the last event. */
import type { ProcessSandbox } from '../sandbox/index.ts';
import { type CreatedEvent, interruptedResults, type Session } from '../session/index.ts';
import { createToolState, withEditTool } from '../tools/index.ts';
import type { ActiveModel, Reserve } from './active-model.ts';
import { watchBackground } from './background.ts';
import { createCheckpoints } from './checkpoints.ts';
import type { Emit } from './events.ts';
import { failureOf } from './failure.ts';
import { createFallback } from './fallback.ts';
import { commitMessage, type HandedOver, handOver, logCheckpoint } from './hand-over.ts';
import { openLasting } from './lasting.ts';
import { exitCodeOf, type Limits } from './limits.ts';
import { type LoopEnd, runLoop } from './loop.ts';
import { asksInSandbox, NO_MCP, openMcp } from './mcp.ts';
import { createOversight } from './oversight.ts';
import type { Approve } from './policy/gate.ts';
import { createRecall } from './recall.ts';
import { createRoom, type Trigger } from './room.ts';
import type { Rules } from './rules.ts';
import { tellOfChange } from './sandbox-news.ts';
import { userFolder } from './settings/index.ts';
import { createStopper } from './stop.ts';
import type { Delta, Log } from './turn.ts';
import { createVerify } from './verify.ts';
import { NOTHING, type OpenWorkplace, sandboxGone } from './workplace.ts';

/** What surrounds a run, new or resumed. */
export type CallerOptions = {
  env: NodeJS.ProcessEnv;
  /** Drydock's version. */
  version: string;
  /** Path of the Dockerfile that Drydock's own image is built from. */
  dockerfile: string;
  /** Aborted to interrupt the run; the reason may be a `RunEnd`. */
  signal: AbortSignal;
  emit: Emit;
  /** Asks a person whether a call may be made; null: nobody is there, so what would be asked is denied. */
  approve: Approve | null;
};

/** That, and what its settings say. */
export type RunOptions = CallerOptions & {
  limits: Limits;
  rules: Rules;
  /** How the history is made to fit the model's window. */
  compaction: NonNullable<CreatedEvent['compaction']>;
  /** Variables of `env` that the sandbox gets, by name. */
  passEnv: readonly string[];
  /** Whether a local branch is made, and whether the working tree gets the change too. */
  branch: boolean;
  apply: boolean;
};

export type RunResult = {
  sessionId: string;
  end: LoopEnd;
  exitCode: number;
  harvest: HandedOver;
};

export type CarryOutOptions = RunOptions & {
  active: ActiveModel;
  /** Goes on when that one's provider fails for good. */
  fallback: Reserve | null;
  /** The environment, with the provider's key wherever that comes from: whose secrets must not go out. */
  secretEnv: NodeJS.ProcessEnv;
  /** The words that the commit's subject is made of. */
  subject: string;
  openWorkplace: OpenWorkplace;
  /** Whether the run before this one did not end in order, so that its sandbox may still be there. */
  claim: boolean;
  /** Why the first request may have to be made to fit the model's window. */
  begin: Trigger;
  /** Whether the model must be told of that before it is asked. */
  afterCrash: boolean;
};

/** How long after the first request heavy work may start even if nothing has been answered. */
const REQUEST_HEAD_START_MS = 10;

/** Runs the loop on a session whose newest event is a prompt, hands the result over, closes the session. */
export async function carryOut(session: Session, options: CarryOutOptions): Promise<RunResult> {
  const startedAt = performance.now();
  const log: Log = (event) => options.emit({ type: 'log', event: session.append(event) });
  const stopper = createStopper(options.signal, options.limits.timeoutMs);
  const first = firstRequest();
  const state = createToolState();
  const background = watchBackground(state, log);
  let ending = false;
  const { afterCrash } = options;
  const workplace = openLasting({
    // What a crash has left decides about what the first request says, and so does what servers in the sandbox offer.
    open: (again) => {
      const after = afterCrash || again || asksInSandbox(session) ? Promise.resolve() : first.sent;
      return options.openWorkplace({ after, claim: options.claim || again, again });
    },
    afterCrash,
    wanted: () => !ending && !stopper.signal.aborted,
  });
  workplace.filled.catch((error: unknown) => stopper.stop(failureOf(error)));
  workplace.gone.then((why) => {
    if (!ending) stopper.stop(failureOf(why ?? sandboxGone()));
  });
  const giveUp = () => {
    // A tool call may be waiting for a workplace that is still being made, and would wait for an image to be built.
    // The disposal at the end reports how it went.
    if (!workplace.inhabited()) workplace.dispose().catch(() => undefined);
  };
  if (stopper.signal.aborted) giveUp();
  stopper.signal.addEventListener('abort', giveUp, { once: true });

  const checkpoints = createCheckpoints(async (turn, recorded) => {
    const point = await workplace.checkpoint(commitMessage(options.subject, session.id), recorded);
    if (point === null) return;
    logCheckpoint(point, 'turn', turn, log);
    oversight.seen(point.files);
  });
  const sandbox = holdChanges(workplace.sandbox, checkpoints.still);

  const { workspace } = session.created.sandbox;
  const prefix = session.created.repository?.prefix ?? '';
  const cwd = prefix === '' ? workspace : `${workspace}/${prefix}`;
  const { verify } = options.limits;
  const { active, fallback } = options;
  let tools = [...active.tools, ...(fallback ? withEditTool(active.tools, fallback.model.editTool) : [])];
  const oversight = createOversight({
    ...options,
    session,
    tools: () => tools,
    place: { cwd, root: workspace },
    hookFolder: userFolder(options.env),
    log,
    signal: stopper.signal,
  });
  const keep = (data: Buffer) => session.blobs.keep(oversight.bytes(data));
  const show = (delta: Delta) => {
    first.onAnswer();
    options.emit({ type: 'delta', delta });
  };
  let mcp = NO_MCP;
  let end: LoopEnd;
  let harvest: HandedOver = { ...NOTHING, branch: null, patch: null };
  try {
    mcp = await openMcp(session, {
      ...options,
      redact: oversight.text,
      sandbox: workplace.sandbox,
      still: checkpoints.still,
      signal: stopper.signal,
      log,
      stop: stopper.stop,
    });
    const withMcp = (model: ActiveModel): ActiveModel => ({ ...model, tools: [...model.tools, ...mcp.tools] });
    tools = [...tools, ...mcp.tools];
    const touches = new Map(tools.map((tool) => [tool.name, tool.touches]));
    const refused = await oversight.start(options.subject);
    if (refused) stopper.stop(refused);
    const goOn = createFallback(session, active, fallback, log);
    end = await runLoop({
      ...withMcp(active),
      session,
      system: session.created.system,
      toolContext: {
        sandbox,
        cwd,
        signal: stopper.signal,
        keep,
        redact: oversight.text,
        mayRead: oversight.mayRead,
        recall: createRecall(session, oversight.text),
        state,
      },
      guard: oversight,
      room: createRoom({
        session,
        system: session.created.system,
        ...options.compaction,
        hooks: oversight.compaction,
        keep,
        signal: stopper.signal,
        log,
        show,
      }),
      begin: options.begin,
      mayStop: oversight.stop,
      limits: options.limits,
      fallback: async (error) => {
        const next = await goOn(error);
        return next && withMcp(next);
      },
      signal: stopper.signal,
      news: async (before) => {
        const change = await workplace.change();
        const oversize = oversight.news();
        if (change !== null) {
          tellOfChange(change, session.state(), log);
          background.forget();
        } else if (before === 'request') background.tell();
        return change !== null || oversize;
      },
      recovered: () => workplace.recovered(),
      log: (event) => {
        log(event);
        if (event.type === 'tool.finished') background.watch();
        if (event.type === 'model.requested') {
          first.onRequest();
          checkpoints.requested(event.turn - 1);
        } else if (event.type === 'model.responded') checkpoints.answered();
        else if (event.type === 'verify.finished') checkpoints.touched(false);
        else if (event.type === 'tool.finished' && touches.get(event.name) !== 'nothing') {
          checkpoints.touched(touches.get(event.name) === 'files' && !event.isError);
        }
      },
      show,
      verify: verify === null ? null : createVerify(sandbox, verify, cwd, oversight.text),
    });
    // Each call that has begun has an end, also when the run ended first.
    for (const result of interruptedResults(session.state())) log(result);
    first.onAnswer();
    if ((options.claim || isOwed(session, options)) && !stopper.signal.aborted) {
      // What a crash has left, or a hand-over that was refused, is handed over, though the model may have nothing to add and be faster than the engine.
      const failure = await workplace.filled.then(() => null, failureOf);
      if (failure) end = { ...end, ...failure };
    }
    ending = true;
    await checkpoints.settle();
    if (!workplace.inhabited()) background.lose();
    else {
      await mcp.close();
      await background.end();
      ({ end, harvest } = await handOver(session, workplace, end, options, oversight, log));
    }
  } finally {
    ending = true;
    // Where no request was ever made, the workplace still waits for it.
    first.onAnswer();
    await checkpoints.settle();
    await mcp.close();
    stopper.release();
    await workplace.dispose().catch((error: unknown) => {
      // The engine may be the reason for the run's end; a container that stays ends by itself.
      const remark = `the sandbox was not removed: ${failureOf(error).message}`;
      harvest = { ...harvest, remarks: [...harvest.remarks, remark] };
    });
  }
  const exitCode = exitCodeOf(end);
  await oversight.end(end, exitCode, harvest.branch);
  const { outcome, message, hint, usage, turns } = end;
  const durationMs = Math.round(performance.now() - startedAt);
  log({ type: 'run.finished', outcome, exitCode, message, hint, usage, turns, durationMs });
  await session.close();
  return { sessionId: session.id, end, exitCode, harvest };
}

/** A sandbox in which nothing is started or written before `still`: a checkpoint holds the files of one moment. */
function holdChanges(sandbox: ProcessSandbox, still: () => Promise<void>): ProcessSandbox {
  return {
    ...sandbox,
    exec: async (command, signal) => {
      await still();
      return sandbox.exec(command, signal);
    },
    spawn: async (command) => {
      await still();
      return sandbox.spawn(command);
    },
    writeFile: async (path, data) => {
      await still();
      return sandbox.writeFile(path, data);
    },
  };
}

/** Whether an earlier run has left work that has not been handed over as it is asked for now. */
function isOwed(session: Session, { branch }: Pick<CarryOutOptions, 'branch'>): boolean {
  const { exported } = session.state();
  return branch && exported !== null && exported.commit !== null && exported.branch === null;
}

function firstRequest(): { sent: Promise<void>; onRequest(): void; onAnswer(): void } {
  let resolve: () => void = () => undefined;
  const sent = new Promise<void>((done) => {
    resolve = done;
  });
  return { sent, onRequest: () => void setTimeout(resolve, REQUEST_HEAD_START_MS), onAnswer: () => resolve() };
}
