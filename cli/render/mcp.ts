/** What a person is told of MCP servers. */
import type { SessionEvent } from '../../session/index.ts';
import { oneLine, type Paint } from './text.ts';

/** A line for each thing that is not as the settings ask; empty where all is. */
export function mcp(event: Extract<SessionEvent, { type: 'mcp.listed' | 'mcp.server' }>, paint: Paint): string {
  const problems = event.type === 'mcp.listed' ? event.problems : [event];
  return problems
    .map(({ server, text }) => paint('yellow', `! MCP server ${server}: ${oneLine(text, 300)}`))
    .join('\n');
}
