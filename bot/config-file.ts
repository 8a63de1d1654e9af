/** `.drydock/bot.yaml`: YAML, with the keys in kebab-case as in a settings file. */
import { didYouMean } from '../models/index.ts';
import { BOT_FILE, type BotConfig, botConfigSchema } from './config.ts';
import { BotError } from './errors.ts';

/** The file is written by hand; far more than this is another file. */
export const MAX_CONFIG_BYTES = 64 * 1024;

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const names = (shape: object) => new Map(Object.keys(shape).map((name) => [kebab(name), name]));
const TOP = names(botConfigSchema.shape);
const ALLOW = names(botConfigSchema.shape.allow.unwrap().shape);

/** Reads the file's bytes; null, the file is not there: the defaults. Throws `BotError` (`input`) that names the line or the key. */
export async function parseBotConfig(bytes: Uint8Array | null): Promise<BotConfig> {
  if (bytes === null) return botConfigSchema.parse({});
  if (bytes.length > MAX_CONFIG_BYTES) throw problem(`is larger than ${MAX_CONFIG_BYTES / 1024} KiB`);
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(Buffer.from(bytes).toString('utf8'), { prettyErrors: true, lineCounter: lines });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line;
    throw problem(`${fault.message.split('\n')[0]?.replace(/ at line \d+.*$/, '')}`, line);
  }
  const lineOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (yaml.isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
  const content = toPlain(() => document.toJS({ maxAliasCount: 100 }));
  if (content === null || content === undefined) return botConfigSchema.parse({});
  const values = rename(content, TOP, [], lineOf);
  if (Object.hasOwn(values, 'allow')) values.allow = rename(values.allow, ALLOW, ['allow'], lineOf);
  const read = botConfigSchema.safeParse(values);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = (issue?.path ?? []).map((part) => (typeof part === 'string' ? kebab(part) : part));
  throw problem(`${path.join('.')} ${said(issue?.message)}`, lineOf(path));
}

/** The schema's own words follow a key as they are; zod's are sentences. */
const said = (message = 'cannot be read') => (message.startsWith('Invalid') ? `cannot be: ${message}` : message);

/** A bomb of aliases is refused by the library. */
function toPlain(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw problem(error instanceof Error ? error.message : String(error));
  }
}

function rename(
  content: unknown,
  known: ReadonlyMap<string, string>,
  at: readonly string[],
  lineOf: (path: readonly PropertyKey[]) => number | undefined,
): Record<string, unknown> {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw problem(`${at[0] ?? 'it'} must be a list of NAME: VALUE lines`, lineOf(at));
  }
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(content)) {
    const path = [...at, key];
    const name = known.get(key);
    if (name === undefined) {
      throw problem(
        `there is no setting ${JSON.stringify(path.join('.'))}.${didYouMean(key, [...known.keys()])}`,
        lineOf(path),
      );
    }
    if (value === null)
      throw problem(`${path.join('.')} has no value: give it one, or take the line out`, lineOf(path));
    values[name] = value;
  }
  return values;
}

const problem = (what: string, line?: number) =>
  new BotError(
    'input',
    `${BOT_FILE}${line === undefined ? '' : `, line ${line}`}: ${what}`,
    `correct ${BOT_FILE} on the base branch`,
  );
