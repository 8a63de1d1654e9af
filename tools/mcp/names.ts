/** What the tools of servers are called before a model. */
import { createHash } from 'node:crypto';

/** What the providers take: `[a-zA-Z0-9_-]{1,64}`. */
const MAX_NAME = 64;
const HASH_LENGTH = 8;
/** A tool of that very name would be taken for another. */
const HASHED = /_[0-9a-f]{8}$/;

/** A tool of a server, by the server's own name for it. */
export type Named = { server: string; tool: string };

function withHash(name: string, { server, tool }: Named): string {
  const hash = createHash('sha256').update(`${server}\n${tool}`).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_NAME - HASH_LENGTH - 1)}_${hash}`;
}

/**
 * A name for each tool, `mcp__SERVER__TOOL`: the same whatever order they come in. One that is too long, or that several
 * tools would have, ends in a hash of the server's and the tool's own names.
 */
export function offeredNames(tools: readonly Named[]): string[] {
  const plain = tools.map(({ server, tool }) => `mcp__${server}__${tool}`.replace(/[^a-zA-Z0-9_-]/g, '_'));
  const counts = new Map<string, number>();
  for (const name of plain) counts.set(name, (counts.get(name) ?? 0) + 1);
  return tools.map((tool, index) => {
    const name = plain[index] ?? '';
    const isPlain = name.length <= MAX_NAME && counts.get(name) === 1 && !HASHED.test(name);
    return isPlain ? name : withHash(name, tool);
  });
}
