/** `drydock eval new`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { describeComparison, type RangeResult, RUNNERS, scaffoldTask, taskFromRange } from '../../../evals/index.ts';
import { dockerfilePath } from '../../dockerfile.ts';
import { UsageError, withHint } from '../../errors.ts';
import { interruptible } from '../../interrupt.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { painter, printable } from '../../render/text.ts';
import { VERSION } from '../../version.ts';

const newOptions = z.object({
  runner: z.enum(RUNNERS, `is none of ${RUNNERS.join(', ')}`).optional(),
  from: z.string().min(1, 'is empty').optional(),
  range: z.string().min(1, 'is empty').optional(),
  tests: z.array(z.string().min(1, 'is empty')).default([]),
  image: z.string().min(1, 'is empty').optional(),
  dockerfile: z.string().min(1, 'is empty').optional(),
  prepare: z.string().min(1, 'is empty').optional(),
});
type NewOptions = z.output<typeof newOptions>;

/** What of a log is shown where the tests said nothing. */
const SHOWN_LINES = 20;

/** Makes a task: one to be filled in, or one of a range of commits. */
export async function evalNewCommand(folder: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(newOptions, raw);
  const { from, range, runner } = options;
  if (from !== undefined && range !== undefined) return fromRange(resolve(folder), { ...options, from, range });
  const alone = (['from', 'range', 'tests', 'image', 'dockerfile', 'prepare'] as const).find(
    (name) => raw[name] !== undefined,
  );
  if (alone !== undefined) {
    throw new UsageError(`--${alone} makes a task of a change`, 'it needs --from REPOSITORY and --range BASE..FIX');
  }
  await scaffoldTask(resolve(folder), runner ?? 'node-test');
  process.stderr.write(
    `fill in what the files of ${printable(folder)} say, then: drydock eval validate ${printable(folder)}\n`,
  );
  return 0;
}

async function fromRange(folder: string, options: NewOptions & { from: string; range: string }): Promise<number> {
  const { from, range, tests, runner = null, prepare = null } = options;
  const interrupt = interruptible(
    () => process.stderr.write('stopping; once more to stop at once\n'),
    () => null,
  );
  const request = { folder, repository: resolve(from), range, tests, runner, prepare };
  try {
    const result = await taskFromRange(
      { ...request, environment: environmentOf(options) },
      {
        version: VERSION,
        dockerfile: dockerfilePath(),
        env: process.env,
        signal: interrupt.signal,
        onNote: (text) => process.stderr.write(`${printable(text)}\n`),
      },
    );
    return await tell(folder, result);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    const { message, exitCode } = z
      .object({ message: z.string(), exitCode: z.number() })
      .parse(interrupt.signal.reason);
    process.stderr.write(`drydock: ${message}\n`);
    return exitCode;
  } finally {
    interrupt.release();
  }
}

function environmentOf({ image, dockerfile }: NewOptions): { image: string } | { dockerfile: string } | null {
  if (image !== undefined && dockerfile !== undefined) {
    throw new UsageError('--image and --dockerfile both say the image', 'leave one out');
  }
  if (image !== undefined) return { image };
  if (dockerfile === undefined) return null;
  if (!existsSync(dockerfile)) throw new UsageError(`there is no ${dockerfile}`, 'name a Dockerfile');
  return { dockerfile: resolve(dockerfile) };
}

/** Says what came of it; the exit code is 0 for a task that can be used. */
async function tell(folder: string, { runner, files, comparison, measured, validation }: RangeResult): Promise<number> {
  const paint = painter(process.stdout, process.env);
  const seen = `${describeComparison(comparison)} (${runner}: ${files.join(' ')})`;
  const mark = validation?.valid ? paint('green', '✓') : paint('red', '✗');
  await writeOut(`${mark} ${printable(folder)}: ${printable(seen)}\n`);
  if (validation === null) {
    const { solved } = measured;
    if (solved.reports.length === 0 || !solved.isWhole) {
      process.stderr.write(`${printable(solved.log.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n'))}\n`);
    }
    const hint = 'see whether --image, --dockerfile, --prepare or --runner say what the tests need; the folder is kept';
    process.stderr.write(`drydock: ${withHint('no test turns from failing to passing', hint)}\n`);
    return 1;
  }
  await writeOut(validation.problems.map((problem) => `    ${printable(problem)}\n`).join(''));
  if (!validation.valid) {
    process.stderr.write(`drydock: ${withHint('the task is not valid', 'mend it, then: drydock eval validate')}\n`);
    return 1;
  }
  process.stderr.write(
    'problem.md is a draft of the commit messages: write it anew, so that it does not give the solution away\n',
  );
  return 0;
}
