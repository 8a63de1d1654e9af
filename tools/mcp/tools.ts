/** The tools of MCP servers as Drydock's own: the model calls them like any other. */
import { z } from 'zod';
import { errorResult } from '../result.ts';
import type { Tool } from '../tool.ts';
import { type Listing, type OfferedTool, offer } from './offer.ts';
import { toolResult } from './result.ts';
import { McpCallError, type RunningServer } from './server.ts';

const input = z.record(z.string(), z.unknown());

/** Asks all servers at once for what they offer. Never throws: a server that fails has a problem instead. */
export async function listTools(
  servers: readonly RunningServer[],
  signal: AbortSignal,
): Promise<ReturnType<typeof offer> & { failed: string[] }> {
  const listings = await Promise.all(
    servers.map(async ({ server, list, hide }): Promise<Listing> => {
      try {
        return { server, tools: await list(signal) };
      } catch (error) {
        return { server, problem: hide(error instanceof Error ? error.message : String(error)) };
      }
    }),
  );
  const failed = listings.flatMap((listing) => ('problem' in listing ? [listing.server.name] : []));
  return { ...offer(listings), failed };
}

/** What each offered tool is called by. `before`: awaited before a call that may change files of the sandbox. */
export function mcpTools(
  offered: readonly OfferedTool[],
  servers: readonly RunningServer[],
  before: () => Promise<void>,
): Tool<z.output<typeof input>>[] {
  return offered.map(({ name, server, tool, description, parameters }) => ({
    name,
    description,
    parameters,
    // The server knows its schema best, and its own error says what does not fit.
    input,
    // What a server says of a tool (`readOnlyHint`) is its word only: a call runs alone, and is followed by a checkpoint.
    touches: 'anything',
    async run(values, context) {
      const running = servers.find((one) => one.server.name === server);
      if (running === undefined)
        return errorResult(`The MCP server ${server} is not configured.`, { error: 'mcp', server });
      await before();
      try {
        const result = await toolResult(await running.call(tool, values, context.signal), running.hide, context);
        return { ...result, details: { ...result.details, server, tool } };
      } catch (error) {
        if (!(error instanceof McpCallError)) throw error;
        const repeated = error.maybe ? ' It may have had effects, and was not repeated.' : '';
        return errorResult(`MCP server ${server}: ${error.message}.${repeated}`, { error: 'mcp', server, tool });
      }
    },
  }));
}
