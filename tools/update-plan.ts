/** `update_plan`: the model's own list of steps, kept in the log (`session/plan.ts`) and shown to the person who watches. */
import { z } from 'zod';
import { textResult } from './result.ts';
import type { Tool, ToolResult } from './tool.ts';

const input = z.strictObject({
  plan: z.array(z.strictObject({ step: z.string(), status: z.enum(['pending', 'in_progress', 'completed']) })),
});
type Input = z.output<typeof input>;

async function run({ plan }: Input): Promise<ToolResult> {
  return textResult('Plan updated.', { plan });
}

export const updatePlan: Tool<Input> = {
  name: 'update_plan',
  description: 'Keep a plan for work of several steps. Send the whole plan each time; one step is in progress.',
  input,
  touches: 'nothing',
  reaches: () => [],
  run,
};
