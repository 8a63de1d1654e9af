/** `drydock sessions`: which sessions there are; and `rm`, which removes some with all that the engine has of them. */
import { basename } from 'node:path';
import { z } from 'zod';
import {
  listSessionThings,
  locateEngine,
  openEngine,
  removeSessionThing,
  SandboxError,
  shellQuote,
  size,
} from '../../sandbox/index.ts';
import {
  bytesOf,
  encodeLine,
  holdSession,
  isWithin,
  listSessions,
  removeSession,
  SessionError,
  type SessionSummary,
} from '../../session/index.ts';
import { withHint } from '../errors.ts';
import { callOptions, parseOptions } from '../options.ts';
import { writeOut } from '../output.ts';
import { oneLine, type Paint, painter, printable } from '../render/text.ts';
import { chosenSession, folderOfCall, sessionsFolder } from '../which-session.ts';

const { sessionDir } = callOptions.shape;
const listOptions = z.object({ all: z.boolean().default(false), json: z.boolean().default(false), sessionDir });

/** Lists the sessions of the repository that the command is called in, or all, newest first. */
export async function sessionsCommand(raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(listOptions, raw);
  const dir = sessionsFolder(options.sessionDir);
  const all = await listSessions(dir);
  const here = folderOfCall();
  // Of one that cannot be read it is not known whose it is.
  const isOurs = ({ root }: SessionSummary) => root === null || (here !== null && isWithin(here, root));
  const listed = options.all ? all : all.filter(isOurs);
  const paint = painter(process.stdout, process.env);
  for (const session of listed) {
    const bytes = await bytesOf(session.dir);
    const line = options.json ? encodeLine({ ...session, bytes }) : `${describe(session, bytes, paint)}\n`;
    await writeOut(line);
  }
  if (listed.length === 0 && !options.json) {
    const others = all.length === 0 ? '' : `; ${all.length} of other folders: drydock sessions --all`;
    process.stderr.write(`no sessions ${all.length === 0 ? `in ${dir}` : 'of this repository'}${others}\n`);
  }
  return 0;
}

function describe(session: SessionSummary, bytes: number, paint: Paint): string {
  const { id, createdAt, problem, running, outcome, task } = session;
  const when = createdAt === null ? '-'.padEnd(16) : createdAt.slice(0, 16).replace('T', ' ');
  const state = problem !== null ? 'damaged' : running ? 'running' : (outcome ?? 'unfinished');
  const colour = state === 'completed' ? 'green' : state === 'running' ? 'cyan' : 'yellow';
  const text = oneLine(problem ?? task ?? '', 100);
  return `${id}  ${when}  ${paint(colour, state.padEnd(13))}  ${size(bytes).padStart(10)}  ${text}`.trimEnd();
}

/** Removes sessions, of which none may be in use: their folders, and what the engine has with their label. */
export async function removeSessionsCommand(names: string[], raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(z.object({ sessionDir }), raw);
  const found = await Promise.all(names.map((name) => chosenSession(options.sessionDir, name)));
  const dirs = [...new Set(found)];
  const locks: { release(): void }[] = [];
  try {
    for (const dir of dirs) locks.push(await hold(dir));
    const docker = await reachEngine();
    for (const dir of dirs) {
      const id = basename(dir);
      for (const thing of docker === null ? [] : await listSessionThings(docker, id)) {
        if (docker !== null && (await removeSessionThing(docker, thing))) {
          await writeOut(printable(`removed ${thing.kind} ${thing.name}\n`));
        }
      }
      const bytes = await bytesOf(dir);
      await removeSession(dir);
      await writeOut(`removed session ${id} (${size(bytes)})\n`);
    }
  } finally {
    for (const lock of locks) lock.release();
  }
  return 0;
}

/** Takes a session's lock; the error names the session, since there may be several. */
async function hold(dir: string): Promise<{ release(): void }> {
  try {
    return await holdSession(dir);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    throw new SessionError(error.kind, `session ${basename(dir)}: ${error.message}; nothing is removed`, error.hint, {
      cause: error,
    });
  }
}

/** A client of the engine; null where none answers, which is said. */
export async function reachEngine(): Promise<Awaited<ReturnType<typeof openEngine>> | null> {
  try {
    return await openEngine(await locateEngine(process.env));
  } catch (error) {
    if (!(error instanceof SandboxError) || error.kind !== 'engine_unreachable') throw error;
    process.stderr.write(`${withHint(`note: the engine was not asked: ${error.message}`, '')}\n`);
    return null;
  }
}

/** The command that removes a session, as it can be typed. */
export function removalOf(id: string, sessionDir: string | undefined): string {
  return `drydock sessions rm ${id}${sessionDir === undefined ? '' : ` --session-dir ${shellQuote(sessionDir)}`}`;
}
