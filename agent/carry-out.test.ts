/** How a run is carried to its end when its workplace fails: with a workplace and a model that only play their parts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type AssistantMessage, type Model, NO_USAGE } from '../models/index.ts';
import { createHostSandbox, type ProcessSandbox, SandboxError } from '../sandbox/index.ts';
import { createSession, newSessionId, readEvents, type SessionEvent } from '../session/index.ts';
import { NO_RULES } from '../test/no-rules.ts';
import { defaultTools } from '../tools/index.ts';
import { carryOut, type RunResult } from './carry-out.ts';
import type { Harvest, Workplace } from './workplace.ts';

/** Calls `shell` so often, then says that it is done. */
function playModel(calls: number): Model {
  let turn = 0;
  return {
    id: 'anthropic:claude-haiku-4-5',
    async *stream() {
      turn += 1;
      const content: AssistantMessage['content'] =
        turn <= calls
          ? [{ type: 'tool_call', id: `c${turn}`, name: 'shell', arguments: '{"command":"true"}' }]
          : [{ type: 'text', text: 'Done.' }];
      const message: AssistantMessage = { role: 'assistant', model: 'anthropic:claude-haiku-4-5', content };
      yield { type: 'done', response: { message, stopReason: turn <= calls ? 'tool_calls' : 'end', usage: NO_USAGE } };
    },
  };
}

const WORK: Harvest = {
  commit: 'c'.repeat(40),
  tree: 'd'.repeat(40),
  files: [{ path: 'a.txt', added: 1, removed: 0 }],
  flattened: [],
  remarks: [],
};

type Played = RunResult & { events: SessionEvent[]; did: string[] };

/** Runs with a workplace that works, but for what is given. `did` is what was asked of it, and put on record, in order. */
async function play(
  parts: Partial<Workplace>,
  options: { calls?: number; broken?: SandboxError; signal?: AbortSignal } = {},
): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-carry-out-'));
  const host = createHostSandbox({ root: folder });
  onTestFinished(async () => {
    await host.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  const { broken } = options;
  const sandbox: ProcessSandbox = broken === undefined ? host : { ...host, exec: () => Promise.reject(broken) };
  if (broken !== undefined) sandbox.spawn = () => Promise.reject(broken);
  const limits = { maxTurns: 5, maxCostUsd: null, timeoutMs: null, verify: null, verifyAttempts: 1 };
  const session = await createSession(join(folder, 'sessions'), {
    id: newSessionId(),
    drydockVersion: '0',
    repository: null,
    sandbox: { backend: 'docker', image: null, network: 'none', workspace: folder },
    model: 'anthropic:claude-haiku-4-5',
    contextWindow: 200_000,
    editTool: 'edit',
    limits,
    configurationDigest: '0',
    instructions: [],
    system: 'Work.',
    tools: ['shell'],
  });
  session.append({ type: 'prompt', content: [{ type: 'text', text: 'the task' }] });
  const did: string[] = [];
  const workplace: Workplace = {
    sandbox,
    filled: Promise.resolve(),
    adopted: Promise.resolve(false),
    gone: new Promise(() => undefined),
    checkpoint: async () => null,
    harvest: async () => WORK,
    deliver: async () => ({
      branch: 'drydock/x',
      applied: false,
      patch: Buffer.from('patch'),
      remarks: [],
      problems: [],
    }),
    dispose: async () => undefined,
    ...parts,
  };
  const result = await carryOut(session, {
    env: {},
    version: '0',
    dockerfile: '',
    limits,
    rules: NO_RULES,
    compaction: { strategy: 'layered', at: null },
    begin: 'prompt',
    secretEnv: {},
    approve: null,
    passEnv: [],
    branch: true,
    apply: false,
    signal: options.signal ?? new AbortController().signal,
    emit: (event) => {
      if (event.type === 'log' && event.event.type === 'checkpoint') did.push('checkpoint');
    },
    active: {
      model: playModel(options.calls ?? 0),
      contextWindow: 100_000,
      maxOutputTokens: 1000,
      prices: null,
      reasoningEffort: null,
      tools: defaultTools('edit'),
    },
    fallback: null,
    subject: 'the task',
    claim: false,
    afterCrash: false,
    openWorkplace: () => ({
      ...workplace,
      harvest: (message) => {
        did.push('harvest');
        return workplace.harvest(message);
      },
      dispose: () => {
        did.push('dispose');
        return workplace.dispose();
      },
    }),
  });
  const events: SessionEvent[] = [];
  for await (const event of readEvents(session.dir)) events.push(event);
  return { ...result, events, did };
}

const typesOf = ({ events }: Played) => events.map(({ type }) => type).slice(-3);

it('work that could not be put into the repository is kept, told as a usage error, and can be gone on with', async () => {
  const problems = ['the branch drydock/x could not be made: its folder is a file'];
  const patch = Buffer.from('patch');
  const played = await play({ deliver: async () => ({ branch: null, applied: false, patch, remarks: [], problems }) });
  expect(typesOf(played)).toEqual(['checkpoint', 'exported', 'run.finished']);
  expect(played.events.at(-2)).toMatchObject({ branch: null, commit: WORK.commit, patchHandle: expect.any(String) });
  expect(played.events.at(-1)).toMatchObject({
    outcome: 'usage',
    exitCode: 2,
    message: problems[0],
    hint: expect.stringMatching(/the work is kept: .*drydock diff.*drydock resume/),
  });
});

it('a handing over that breaks in an unforeseen way still leaves a checkpoint and an end in the log', async () => {
  const played = await play({ deliver: () => Promise.reject(new Error('the disk\nis full')) });
  expect(typesOf(played)).toEqual(['checkpoint', 'exported', 'run.finished']);
  expect(played.end).toMatchObject({
    outcome: 'usage',
    message: expect.stringMatching(/handed over: the disk is full$/),
  });
  expect(played.end.hint).toBe('the work is kept: go on with `drydock resume`');
});

it('a taking out that breaks in an unforeseen way is the end of the run, in one line, and not of the process', async () => {
  const played = await play({ harvest: () => Promise.reject(new Error('the disk\nis full')) });
  expect(played.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'failed', message: 'the disk is full' });
  expect(played.did).toEqual(['harvest', 'dispose']);
});

it('a run that ended badly keeps its own reason when its work cannot be handed over, which is a remark then', async () => {
  const broken = new SandboxError('lost', 'the first thing that broke');
  const problems = ['no branch'];
  const played = await play(
    { deliver: async () => ({ branch: null, applied: false, patch: null, remarks: [], problems }) },
    { calls: 1, broken },
  );
  expect(played.end.message).toBe('the first thing that broke');
  expect(played.harvest.remarks).toEqual(problems);
});

it('a sandbox that failed while its container lives is asked for the work all the same', async () => {
  const broken = new SandboxError('lost', 'no shell could be had');
  const played = await play({}, { calls: 1, broken });
  expect(typesOf(played)).toEqual(['checkpoint', 'exported', 'run.finished']);
  // The call that failed with it has an end too.
  expect(played.events.at(-4)).toMatchObject({ type: 'tool.finished', isError: true });
  expect(played.end).toMatchObject({ outcome: 'sandbox', message: 'no shell could be had' });
  expect(played.exitCode).toBe(4);
});

it('where the work cannot be taken out either, the first failure is told', async () => {
  const broken = new SandboxError('lost', 'the first thing that broke');
  const harvest = () => Promise.reject(new SandboxError('export_failed', 'the second thing'));
  const played = await play({ harvest }, { calls: 1, broken });
  expect(played.did).toEqual(['harvest', 'dispose']);
  expect(played.end).toMatchObject({ outcome: 'sandbox', message: 'the first thing that broke' });
});

it('a sandbox is not removed before its work is on record', async () => {
  const { did } = await play({});
  expect(did.slice(0, 3)).toEqual(['harvest', 'checkpoint', 'dispose']);
});

it('a sandbox that has gone, and one that was never filled, are not asked for work', async () => {
  const broken = new SandboxError('lost', 'no shell could be had');
  const gone = await play({ gone: Promise.resolve(null) }, { calls: 1, broken });
  expect(gone.did).not.toContain('harvest');
  expect(gone.end.outcome).toBe('sandbox');
  const filled = Promise.reject(new SandboxError('import_failed', 'no git'));
  filled.catch(() => undefined);
  const unfilled = await play({ filled }, { calls: 1, broken });
  expect(unfilled.did).not.toContain('harvest');
  expect(unfilled.end.message).toBe('no git');
});

it('a sandbox that cannot be removed is a remark, and the run ends in the log as it ended', async () => {
  const played = await play({ dispose: () => Promise.reject(new Error('connect ECONNREFUSED')) });
  expect(typesOf(played)).toEqual(['checkpoint', 'exported', 'run.finished']);
  expect(played.end.outcome).toBe('completed');
  expect(played.harvest.remarks).toEqual(['the sandbox was not removed: connect ECONNREFUSED']);
});

it('an interruption gives up a workplace that is still being made, so that a call which waits for it ends', async () => {
  const controller = new AbortController();
  let giveUp = () => undefined;
  const filled = new Promise<void>((_, reject) => {
    giveUp = () => void reject(new SandboxError('lost', 'given up'));
  });
  const wait = async () => {
    setTimeout(() => controller.abort(), 20);
    await filled;
    throw new Error('it is never filled');
  };
  const host = createHostSandbox({ root: tmpdir() });
  const played = await play(
    { filled, sandbox: { ...host, exec: wait, spawn: wait }, dispose: async () => giveUp() },
    { calls: 1, signal: controller.signal },
  );
  expect(played.end.outcome).toBe('interrupted');
  expect(played.did).not.toContain('harvest');
});
