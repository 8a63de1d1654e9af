/**
 * The fault matrix: every fault of a model or its provider, with every adapter, through the real command line. What it
 * shows is `docs/faults.md`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { ANSWER_FAULTS } from './faults/answer-faults.ts';
import { type Fault, FIRST } from './faults/fault.ts';
import { pairingFaults } from './faults/pairs.ts';
import { PROVIDER_FAULTS } from './faults/provider-faults.ts';
import { faultsPage, type Shown, tellingLines } from './faults/table.ts';
import { eventsOf, type FinishedRun, HOST, makeRepository, run, temporaryFolder } from './harness.ts';

// Most of a cell's time is waiting for a retry.
vi.setConfig({ maxConcurrency: 10, testTimeout: 300_000 });

const ADAPTERS = [
  ['Anthropic Messages', 'anthropic:claude-sonnet-5'],
  ['OpenAI Responses', 'openai:gpt-6.1-sol'],
  ['Chat Completions', 'openai-chat:gpt-6.1-sol'],
] as const;
const FAULTS = [...PROVIDER_FAULTS, ...ANSWER_FAULTS];
const CELLS = FAULTS.flatMap((fault) => ADAPTERS.map(([adapter, model]) => ({ fault, adapter, model })));

/** Each run works in a plain folder: git is a third of its time, and what it hands over is the matter of other tests. */
const NO_MATTER = makeRepository();

const shown = new Map<string, Shown>();

function runWith(fault: Fault, model: string, cwd: string): Promise<FinishedRun> {
  const before = fault.atOnce ? 0 : 1;
  return run(
    (turn, { protocol }) =>
      turn < before ? FIRST : (fault.answer?.(turn - before + 1, protocol) ?? { text: 'Done.' }),
    {
      repository: NO_MATTER,
      cwd,
      args: ['--model', model, ...HOST, ...(fault.args ?? [])],
      ...(fault.url !== undefined && {
        env: { ANTHROPIC_BASE_URL: fault.url, OPENAI_BASE_URL: `${fault.url}/v1` },
      }),
    },
  );
}

function expectOneEnd({ code, stderr, session }: FinishedRun, fault: Fault): void {
  expect(code, stderr).toBe(fault.code);
  const ends = eventsOf(session.events, 'run.finished');
  expect(ends).toHaveLength(1);
  expect(session.events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: fault.code });
  const complaints = stderr.split('\n').filter((line) => line.startsWith('drydock: '));
  if (fault.says === undefined) {
    expect(complaints).toEqual([]);
    return;
  }
  expect(complaints).toEqual([expect.stringMatching(fault.says)]);
  expect(complaints[0]).toBe(`drydock: ${ends[0]?.message} — ${ends[0]?.hint}`);
}

function expectBounded({ session, requests }: FinishedRun, fault: Fault): number {
  const retries = eventsOf(session.events, 'model.retried');
  const tried = eventsOf(session.events, 'model.requested').length + retries.length;
  expect(tried).toBe(fault.requests);
  // A request that is given up for silence may not have reached the server, where the machine is slow.
  expect(requests.length).toBeLessThanOrEqual(tried);
  if (fault.url === undefined && !fault.atOnce) expect(requests).toHaveLength(tried);
  if (fault.delayMs !== undefined)
    expect(new Set(retries.map(({ delayMs }) => delayMs))).toEqual(new Set([fault.delayMs]));
  return tried;
}

describe.concurrent('a fault is bounded, told once, and repeats nothing', () => {
  it.for(CELLS)('$fault.name: $adapter', async ({ fault, adapter, model }) => {
    const cwd = temporaryFolder();
    const finished = await runWith(fault, model, cwd);
    expectOneEnd(finished, fault);
    const requests = expectBounded(finished, fault);
    const witness = join(cwd, 'witness');
    expect(existsSync(witness) ? readFileSync(witness, 'utf8') : '').toBe(fault.witness);
    expect(finished.requests.flatMap(pairingFaults)).toEqual([]);
    const lines = tellingLines(finished.stderr);
    shown.set(`${fault.name} ${adapter}`, { fault: fault.name, adapter, lines, requests, code: finished.code });
  });
});

it('docs/faults.md says what the runs have shown (mend with: npx vitest run test/faults.test.ts -u)', async () => {
  const cells = CELLS.flatMap(({ fault, adapter }) => shown.get(`${fault.name} ${adapter}`) ?? []);
  expect(cells).toHaveLength(CELLS.length);
  await expect(faultsPage(cells)).toMatchFileSnapshot('../docs/faults.md');
});
