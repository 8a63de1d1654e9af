/** `recall`: what was said earlier in the session, also what the model no longer sees. The search is behind the context. */
import { z } from 'zod';
import type { RecallQuery, Tool, ToolContext, ToolResult } from './tool.ts';

const ONE_OF = 'give exactly one of handle, pattern and words';

const input = z
  .strictObject({
    handle: z.string().min(1).optional().describe('e.g. m12, m12.1, out-…'),
    pattern: z.string().min(1).optional().describe('JavaScript regex'),
    words: z.string().min(1).optional(),
    offset: z.int().min(0).optional(),
  })
  .refine((given) => queryOf(given) !== null, { message: ONE_OF });

type Input = {
  handle?: string | undefined;
  pattern?: string | undefined;
  words?: string | undefined;
  offset?: number | undefined;
};

/** The query that arguments make; null unless exactly one way to ask is given. */
function queryOf({ handle, pattern, words, offset = 0 }: Input): RecallQuery | null {
  const queries: RecallQuery[] = [];
  if (handle !== undefined) queries.push({ handle, offset });
  if (pattern !== undefined) queries.push({ pattern, offset });
  if (words !== undefined) queries.push({ words, offset });
  return queries.length === 1 ? (queries[0] ?? null) : null;
}

async function run(given: Input, context: ToolContext): Promise<ToolResult> {
  const query = queryOf(given);
  if (query === null) throw new Error(ONE_OF);
  const { text, isError, details } = await context.recall(query);
  return { content: [{ type: 'text', text }], isError, details };
}

export const recallTool: Tool<Input> = {
  name: 'recall',
  description:
    'Bring back earlier messages and outputs of this session, word for word, also those no longer shown: by handle, by regex, or ranked by words. offset pages on.',
  input,
  touches: 'nothing',
  reaches: () => [],
  run,
};
