/** From what servers say of their tools to what a model is offered. */
import { z } from 'zod';
import type { Json } from '../../models/index.ts';
import { cleanOutput } from '../clean.ts';
import { offeredNames } from './names.ts';
import { schemaProblem } from './schema-faults.ts';
import type { McpServer } from './settings.ts';

/** A tool as it is offered for the whole of a session. */
export type OfferedTool = {
  /** Before the model. */
  name: string;
  server: string;
  /** The server's own name for it. */
  tool: string;
  description: string;
  parameters: { [key: string]: Json };
};

/** One line about a server whose tool, or which itself, is not to be had. */
export type McpProblem = { server: string; text: string };

/** What a server has told, or why it told nothing. */
export type Listing = { server: McpServer; tools: readonly unknown[] } | { server: McpServer; problem: string };

const MAX_DESCRIPTION = 2048;
/** OpenAI takes 128 tools in all. */
const MAX_TOOLS = 112;

/** Of a tool as it is listed: more than a schema may have. */
const MAX_NESTING = 100;

const listedTool = z.object({
  name: z.string().min(1).max(256),
  description: z.string().catch(''),
  inputSchema: z.json().optional(),
  execution: z.object({ taskSupport: z.string().optional() }).optional().catch(undefined),
});

/** Chooses and names the tools of all servers, in an order that only their names decide. */
export function offer(listings: readonly Listing[]): { tools: OfferedTool[]; problems: McpProblem[] } {
  const problems: McpProblem[] = [];
  const chosen: Omit<OfferedTool, 'name'>[] = [];
  for (const listing of listings) {
    const { name: server, tools: wanted, exclude } = listing.server;
    const note = (text: string) => problems.push({ server, text: oneLine(text) });
    if ('problem' in listing) {
      note(listing.problem);
      continue;
    }
    const seen = new Set<string>();
    for (const raw of listing.tools) {
      if (isDeep(raw)) {
        note('a tool is left out: it is nested too deep');
        continue;
      }
      const parsed = listedTool.safeParse(raw);
      if (!parsed.success) {
        note(`a tool is left out: its ${parsed.error.issues[0]?.path.join('.') || 'entry'} is not valid`);
        continue;
      }
      const { name, description, inputSchema, execution } = parsed.data;
      const isFirst = !seen.has(name);
      seen.add(name);
      if ((wanted !== null && !wanted.includes(name)) || exclude.includes(name)) continue;
      const problem = !isFirst
        ? 'the server lists it twice'
        : execution?.taskSupport === 'required'
          ? 'it runs only as a task, which Drydock does not offer'
          : schemaProblem(inputSchema);
      if (problem !== null) note(`the tool ${name} is left out: ${problem}`);
      else
        chosen.push({ server, tool: name, description: shortened(description), parameters: parametersOf(inputSchema) });
    }
    for (const name of [...(wanted ?? []), ...exclude].filter((name) => !seen.has(name))) {
      note(`it has no tool ${name}, which the settings name`);
    }
  }
  chosen.sort((a, b) => (a.server === b.server ? (a.tool < b.tool ? -1 : 1) : a.server < b.server ? -1 : 1));
  for (const { server, tool } of chosen.splice(MAX_TOOLS)) {
    problems.push({
      server,
      text: oneLine(`the tool ${tool} is left out: there are more than ${MAX_TOOLS}; choose with tools or exclude`),
    });
  }
  const names = offeredNames(chosen);
  return { tools: chosen.map((tool, index) => ({ name: names[index] ?? '', ...tool })), problems };
}

/** Whether a value would take the stack of what looks at it. */
function isDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_NESTING) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}

/** Whatever a server writes, in a line that a person reads. */
export function oneLine(text: string): string {
  return cleanOutput(text).replace(/\s+/g, ' ').trim().toWellFormed().slice(0, 300);
}

function shortened(description: string): string {
  const text = cleanOutput(description).toWellFormed().trim();
  return text.length <= MAX_DESCRIPTION ? text : `${text.slice(0, MAX_DESCRIPTION - 1).toWellFormed()}…`;
}

function parametersOf(schema: Json | undefined): OfferedTool['parameters'] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return {};
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}
