/** `drydock eval validate`. */
import { z } from 'zod';
import { validateTasks, writeValidation } from '../../../evals/index.ts';
import { dockerfilePath } from '../../dockerfile.ts';
import { withHint } from '../../errors.ts';
import { interruptible } from '../../interrupt.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { painter, printable } from '../../render/text.ts';
import { chosenSuite, suiteOptions } from '../../suites.ts';
import { VERSION } from '../../version.ts';

const validateOptions = suiteOptions.extend({
  jobs: z.number(),
  times: z.number(),
  record: z.boolean(),
});

/** Runs the matrix of a suite's tasks and writes the record. */
export async function evalValidateCommand(name: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(validateOptions, raw);
  const { jobs, times, record } = options;
  const suite = await chosenSuite(name, options);
  const paint = painter(process.stdout, process.env);
  const interrupt = interruptible(
    () => process.stderr.write('stopping; once more to stop at once\n'),
    () => null,
  );
  const bad = new Set(suite.invalid.map(({ id }) => id));
  try {
    for (const { id, problem } of suite.invalid) await writeOut(`${paint('red', '✗')} ${id}: ${printable(problem)}\n`);
    for (let time = 1; time <= times; time++) {
      const found = await validateTasks(suite.tasks, {
        jobs,
        version: VERSION,
        dockerfile: dockerfilePath(),
        env: process.env,
        signal: interrupt.signal,
        onNote: (text) => process.stderr.write(`${printable(text)}\n`),
        onTask: ({ id }, { valid, problems, runs }) => {
          if (!valid) bad.add(id);
          const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
          const round = times === 1 ? '' : ` (${time} of ${times})`;
          const line = `${valid ? paint('green', '✓') : paint('red', '✗')} ${id}${round}: ${runs.length} runs, ${seconds.toFixed(0)} s\n`;
          void writeOut([line, ...problems.map((problem) => `    ${printable(problem)}\n`)].join(''));
        },
      });
      if (record) await writeValidation(suite.root, VERSION, found);
    }
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
  if (bad.size === 0) return 0;
  const hint = record ? '`drydock eval run` leaves them out until they are mended and validated again' : 'mend them';
  process.stderr.write(
    `drydock: ${withHint(`${bad.size} of ${suite.tasks.length + suite.invalid.length} tasks are not valid`, hint)}\n`,
  );
  return 1;
}
