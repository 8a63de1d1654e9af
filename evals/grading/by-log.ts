/** Grading by what a script prints, as in SWE-bench: the test patch goes on top of the work, and a parser reads the output. */
import { type DockerSandbox, type Engine, SandboxError } from '../../sandbox/index.ts';
import { parseLog } from '../parsers/log.ts';
import { exitCodeOf } from '../parsers/markers.ts';
import { filesOfPatch } from '../readers/patch-files.ts';
import type { TestPlan } from '../task.ts';
import { type CallEnd, judge } from './judge.ts';
import {
  type Grade,
  type GradeRequest,
  HOUSEKEEPING_MS,
  inPlace,
  MAX_REPORT_BYTES,
  newNonce,
  openPlace,
  putPatchIn,
  section,
  textOf,
} from './place.ts';
import { restoreScript } from './workspace.ts';

type LogPlan = Extract<TestPlan, { kind: 'log' }>;

/** Grades what is in the workspace. Throws `SandboxError`. */
export async function gradeByLog(
  engine: Engine,
  request: GradeRequest,
  plan: LogPlan,
  sandbox: DockerSandbox,
  log: string[],
): Promise<Grade> {
  const startedAt = performance.now();
  const call = await runScript(request, plan, sandbox, log);
  const testMs = performance.now() - startedAt;
  const starts = call.silent
    ? await inPlace(
        openPlace(engine, { ...request, sessionId: `${request.sessionId}-probe` }),
        request,
        async (fresh) => {
          return !(await runScript(request, plan, fresh, [])).silent;
        },
      )
    : null;
  return { ...judge([call], plan, starts), log: log.join(''), testMs };
}

async function runScript(
  request: GradeRequest,
  plan: LogPlan,
  sandbox: DockerSandbox,
  log: string[],
): Promise<CallEnd & { silent: boolean }> {
  const script = onTheBase(request, plan.script);
  // A script of SWE-bench's brings the test patch along, and puts the files that it is about back before.
  if (!/\bgit apply\b/.test(script)) {
    const paths = filesOfPatch(plan.testPatch).map(({ path }) => path);
    const { exitCode, output } = await sandbox.exec({ command: restoreScript(paths), timeoutMs: HOUSEKEEPING_MS });
    if (exitCode !== 0) throw new SandboxError('lost', `the tests could not be put in: ${textOf(output)}`);
    await sandbox.exec({
      command: `git add -A && git -c user.name=d -c user.email=d@localhost commit -q --allow-empty -m work`,
      timeoutMs: HOUSEKEEPING_MS,
    });
    if (!(await putPatchIn(sandbox, plan.testPatch, true, log))) {
      throw new SandboxError('lost', 'the test patch does not apply to the base');
    }
  }
  const file = `/tmp/${newNonce()}.sh`;
  await sandbox.writeFile(file, script);
  const process = await sandbox.spawn({
    command: `bash ${file}`,
    timeoutMs: plan.timeoutMs,
    maxOutputBytes: MAX_REPORT_BYTES,
  });
  const { exitCode, reason, output } = await process.ended;
  await process.kill();
  const printed = textOf(output);
  log.push(section('the tests', exitCode), printed);
  const reports = [...parseLog(plan.parser, printed)].map(([name, status]) => ({ name, status }));
  const testsCode = exitCodeOf(printed);
  const failed = reports.some(({ status }) => status === 'failed');
  if (testsCode !== null && testsCode !== 0 && !failed && reports.length > 0) {
    reports.push({ name: 'the run > (exit code)', status: 'failed' });
  }
  return { reports, canaries: null, end: { reason, exitCode: testsCode ?? exitCode }, silent: reports.length === 0 };
}

/** A script names the base by its commit, which here is another, with the same files and without a history. */
function onTheBase({ task, base }: GradeRequest, script: string): string {
  const named = task.base.kind === 'repository' ? task.base.commit : task.extra.base_commit;
  return typeof named === 'string' && /^[0-9a-f]{7,64}$/.test(named)
    ? script.replaceAll(named, base.repository.head)
    : script;
}
