/** `drydock bot collect`: from an event or the command line to a job in a folder. */
import { appendFile, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { collect, type Job, refuseCredentials } from '../../../bot/index.ts';
import { UsageError, withHint } from '../../errors.ts';
import { forgeOptions, openForge } from '../../forge.ts';
import { parseOptions } from '../../options.ts';

const words = z.string().min(1, 'is empty').optional();
const options = forgeOptions.extend({
  out: z.string().min(1, 'is empty'),
  event: words,
  eventName: words,
  issue: z.number().optional(),
  pull: z.number().optional(),
  task: words,
});
type Options = z.output<typeof options>;

/** Far larger than any payload that GitHub sends (25 MB at most, https://docs.github.com/en/webhooks). */
const MAX_EVENT_BYTES = 26 * 1024 * 1024;

/** Writes the job; 0 also where there is nothing to do. */
export async function botCollectCommand(raw: Record<string, unknown>): Promise<number> {
  refuseCredentials('collect', process.env);
  const given = parseOptions(options, raw);
  const { forge, address } = openForge(given, process.env);
  const job = await collect({
    forge,
    address,
    source: await sourceOf(given),
    dir: resolve(given.out),
    env: process.env,
    now: new Date(),
  });
  const output = process.env.GITHUB_OUTPUT;
  if (output) await appendFile(output, `decision=${job.decision}\n`);
  process.stderr.write(`drydock: ${withHint(describe(job), '')}\n`);
  return 0;
}

function describe(job: Job): string {
  if (job.decision !== 'work') return `${job.decision === 'skip' ? 'nothing to do' : 'refused'}: ${job.reason}`;
  const where = job.home === null ? '' : ` for #${job.home.number}`;
  return `job ${job.id}${where}: to work on ${job.head.commit.slice(0, 12)} for the branch ${job.branch}`;
}

async function sourceOf(given: Options): Promise<Parameters<typeof collect>[0]['source']> {
  const { issue = null, pull = null, task = null } = given;
  const asked = [issue, pull, task].filter((one) => one !== null).length;
  if (asked > 1) throw new UsageError('--issue, --pull and --task are one too many', 'give one of them');
  if (asked === 1) {
    if (given.event !== undefined) throw new UsageError('--event stands beside what it would say', 'leave it out');
    return { dispatch: { issue, pull, task } };
  }
  const path = given.event ?? process.env.GITHUB_EVENT_PATH;
  const name = given.eventName ?? process.env.GITHUB_EVENT_NAME;
  if (path === undefined || name === undefined) {
    throw new UsageError(
      'nothing is asked for',
      'give --issue NUMBER, --pull NUMBER, --task TEXT, or --event FILE and --event-name NAME',
    );
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`the event cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (text.length > MAX_EVENT_BYTES) throw new UsageError(`the event ${path} is larger than any that GitHub sends`);
  try {
    return { event: { name, payload: JSON.parse(text) } };
  } catch {
    throw new UsageError(`the event ${path} is not JSON`);
  }
}
