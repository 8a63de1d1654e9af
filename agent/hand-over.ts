/** The end of a run: its work is taken out of the sandbox, put on record and handed over. */
import type { Session } from '../session/index.ts';
import { branchName, type Delivered, landedBranch } from './delivery.ts';
import { failureOf } from './failure.ts';
import type { RunEnd } from './limits.ts';
import type { LoopEnd } from './loop.ts';
import type { Oversight } from './oversight.ts';
import type { Log } from './turn.ts';
import { type Harvest, NOTHING, type Workplace } from './workplace.ts';

/** Whether a local branch is made, and whether the working tree gets the change too. */
type Delivery = { branch: boolean; apply: boolean };

/** What was taken out of the workplace and handed over. */
export type HandedOver = Harvest & Pick<Delivered, 'branch' | 'patch'>;

/** So many of the changed files are named with each checkpoint of a turn; git has all of them. */
const CHECKPOINT_FILES = 10;

/** Takes the result out, also when the run ended badly, hands it over, and logs both. Throws only what the log throws. */
export async function handOver(
  session: Session,
  workplace: Pick<Workplace, 'harvest' | 'deliver' | 'dispose'>,
  end: LoopEnd,
  options: { subject: string } & Delivery,
  oversight: Oversight,
  log: Log,
): Promise<{ end: LoopEnd; harvest: HandedOver }> {
  let harvest: Harvest;
  try {
    harvest = await workplace.harvest(commitMessage(options.subject, session.id));
  } catch (error) {
    // A sandbox that has failed already says why better than what fails after it.
    const failed = end.outcome === 'sandbox' ? end : { ...end, ...failureOf(error) };
    return { end: failed, harvest: { ...NOTHING, branch: null, patch: null } };
  }
  const { commit, files, flattened } = harvest;
  // Before anything else may fail: from here on the work can be gone on with.
  logCheckpoint(harvest, 'run_end', session.state().turns, log);
  // Not earlier, for this process may be killed. What is left happens on the host, and removing a container takes as long.
  // The disposal at the end reports how it went.
  workplace.dispose().catch(() => undefined);
  const changed = commit !== null && files.length > 0;
  const looked = { branch: false, apply: false };
  const refused = changed
    ? await oversight.refuses(files, async () => (await deliver(workplace, commit, session, looked)).patch)
    : null;
  const { branch, applied, patch, remarks, problems } = changed
    ? await deliver(workplace, commit, session, refused ? looked : options)
    : { branch: null, applied: false, patch: null, remarks: [], problems: [] };
  let patchHandle: string | null = null;
  try {
    if (patch !== null) patchHandle = await session.blobs.keep(patch);
  } catch (error) {
    problems.push(`the patch was not kept: ${failureOf(error).message}`);
  }
  const base = session.created.repository?.base ?? null;
  log({ type: 'exported', branch, applied, commit, base, files, flattened, patchHandle });
  const given = refused ? null : patch;
  const handedOver: HandedOver = { ...harvest, branch, patch: given, remarks: [...harvest.remarks, ...remarks] };
  if (refused && end.outcome === 'completed') return { end: { ...end, ...refused }, harvest: handedOver };
  if (refused) problems.push(refused.message);
  if (problems.length === 0) return { end, harvest: handedOver };
  // A run that ended badly keeps its own reason.
  if (end.outcome !== 'completed') {
    return { end, harvest: { ...handedOver, remarks: [...handedOver.remarks, ...problems] } };
  }
  const undelivered: RunEnd = {
    outcome: 'usage',
    message: problems.join('; '),
    hint:
      branch === null
        ? `the work is kept: ${patchHandle === null ? '' : 'see it with `drydock diff`, '}go on with \`drydock resume\``
        : `it is on the branch ${branch}`,
  };
  return { end: { ...end, ...undelivered }, harvest: handedOver };
}

/** Puts a checkpoint on record; one of a turn names only the first files. */
export function logCheckpoint(
  { commit, tree, files }: Harvest,
  trigger: 'turn' | 'run_end',
  turn: number,
  log: Log,
): void {
  if (commit === null || tree === null) return;
  const named = trigger === 'turn' ? files.slice(0, CHECKPOINT_FILES) : files;
  const more = files.length - named.length;
  log({ type: 'checkpoint', commit, tree, files: named, ...(more > 0 ? { moreFiles: more } : {}), trigger, turn });
}

async function deliver(
  workplace: Pick<Workplace, 'deliver'>,
  commit: string,
  session: Session,
  { branch, apply }: Delivery,
): Promise<Delivered> {
  try {
    return await workplace.deliver(commit, {
      branch: branch ? branchName(session.id) : null,
      landed: landedBranch(session.state()),
      apply: apply ? 'from_base' : 'no',
    });
  } catch (error) {
    const problems = [`the work could not be handed over: ${failureOf(error).message}`];
    return { branch: null, applied: false, patch: null, remarks: [], problems };
  }
}

/** The subject is the task's first line, at most 72 characters as git's own tools expect. */
export function commitMessage(task: string, sessionId: string): string {
  const line = (task.trim().split('\n')[0] ?? '').trim();
  const subject = line.length <= 72 ? line : `${line.slice(0, 71)}…`;
  return `${subject}\n\nDrydock-Session: ${sessionId}\n`;
}
