/**
 * Grading: work in, a verdict out. In a fresh container of the task's image, without network, that the agent never saw: only its
 * patch is put on the base, then the task's own tests. The verdict is made here, on the host.
 */
import type { Engine } from '../../sandbox/index.ts';
import { gradeByLog } from './by-log.ts';
import { gradeByReward } from './by-reward.ts';
import { gradeByRunner } from './by-runner.ts';
import { type Grade, type GradeRequest, type GradingPlace, inPlace, openPlace, putWorkIn } from './place.ts';

export { type Grade, type GradeRequest, type GradingPlace, openPlace } from './place.ts';

/**
 * Grades a patch, in a place that was opened for it, or in one of its own. Throws `SandboxError` where the sandbox itself fails: then
 * there is no verdict.
 */
export function grade(
  engine: Engine,
  request: GradeRequest,
  place: GradingPlace = openPlace(engine, request),
): Promise<Grade> {
  const { tests } = request.task;
  return inPlace(place, request, async (sandbox) => {
    const log: string[] = [];
    if (!(await putWorkIn(sandbox, request.work, tests.kind === 'log', log))) {
      const detail = 'git apply refuses it';
      return { outcome: 'unresolved', reason: 'patch_does_not_apply', detail, tests: [], log: log.join(''), testMs: 0 };
    }
    switch (tests.kind) {
      case 'runner':
        return gradeByRunner(engine, request, tests, sandbox, log);
      case 'log':
        return gradeByLog(engine, request, tests, sandbox, log);
      case 'reward':
        return gradeByReward(engine, request, tests, sandbox, log);
    }
  });
}
