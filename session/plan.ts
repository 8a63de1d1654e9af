/** The plan that the model keeps with `update_plan`, as its logged results carry it. */
import { z } from 'zod';
import type { EventBody } from './events.ts';

const planStep = z.object({ step: z.string(), status: z.enum(['pending', 'in_progress', 'completed']) });

/** One step of the plan, as `tools/` defines it. */
export type PlanStep = z.infer<typeof planStep>;

/** The plan in `details.plan` of a successful `update_plan` result; null for any other result. */
export function planOf(event: Extract<EventBody, { type: 'tool.finished' }>): PlanStep[] | null {
  if (event.name !== 'update_plan' || event.isError) return null;
  const plan = z.array(planStep).safeParse(event.details.plan);
  return plan.success ? plan.data : null;
}
