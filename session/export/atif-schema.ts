/**
 * The Agent Trajectory Interchange Format (ATIF) 1.7, as far as Drydock writes it: what other harnesses and viewers read.
 * Unknown keys are forbidden in it; what it has no field for stands in `extra`.
 */
import { z } from 'zod';

const extra = z.record(z.string(), z.json()).exactOptional();
const count = z.int().nonnegative();

const toolCall = z.strictObject({
  tool_call_id: z.string(),
  function_name: z.string(),
  arguments: z.record(z.string(), z.json()),
  extra,
});

const observation = z.strictObject({
  results: z.array(
    z.strictObject({
      /** Of a call of the same step; absent: it is no call's result. */
      source_call_id: z.string().exactOptional(),
      content: z.string(),
      extra,
    }),
  ),
});

/** Tokens and dollars of one request. `prompt_tokens` is all that the model read, `cached_tokens` a part of it. */
const metrics = z.strictObject({
  prompt_tokens: count,
  completion_tokens: count,
  cached_tokens: count,
  cost_usd: z.number().nonnegative().exactOptional(),
  extra,
});

const place = {
  /** 1, 2, 3, … */
  step_id: z.int().positive(),
  timestamp: z.iso.datetime(),
  message: z.string(),
  observation: observation.exactOptional(),
  /** It came about in another trajectory, whose totals have its tokens. */
  is_copied_context: z.literal(true).exactOptional(),
  extra,
};

const step = z.discriminatedUnion('source', [
  z.strictObject({ ...place, source: z.enum(['system', 'user']) }),
  z.strictObject({
    ...place,
    source: z.literal('agent'),
    model_name: z.string(),
    reasoning_effort: z.string().exactOptional(),
    reasoning_content: z.string().exactOptional(),
    tool_calls: z.array(toolCall).nonempty().exactOptional(),
    metrics: metrics.exactOptional(),
    llm_call_count: z.literal(1),
  }),
]);

export const atifSchema = z
  .strictObject({
    schema_version: z.literal('ATIF-v1.7'),
    session_id: z.string(),
    agent: z.strictObject({
      name: z.string(),
      version: z.string(),
      model_name: z.string(),
      /** As Chat Completions has them. */
      tool_definitions: z
        .array(
          z.strictObject({
            type: z.literal('function'),
            function: z.strictObject({
              name: z.string(),
              description: z.string(),
              parameters: z.record(z.string(), z.json()),
            }),
          }),
        )
        .exactOptional(),
      extra,
    }),
    steps: z.array(step).nonempty(),
    final_metrics: z.strictObject({
      total_prompt_tokens: count,
      total_completion_tokens: count,
      total_cached_tokens: count,
      /** Absent: the price of some request is not known. */
      total_cost_usd: z.number().nonnegative().exactOptional(),
      total_steps: count,
      extra,
    }),
    extra,
  })
  .superRefine(({ steps, final_metrics }, context) => {
    const problem = (message: string) => context.addIssue({ code: 'custom', message });
    if (final_metrics.total_steps !== steps.length) problem('total_steps is not the number of steps');
    for (const [index, each] of steps.entries()) {
      if (each.step_id !== index + 1) problem(`step ${index + 1} has the id ${each.step_id}`);
      const calls = each.source === 'agent' ? (each.tool_calls ?? []) : [];
      for (const { source_call_id: id } of each.observation?.results ?? []) {
        if (id === undefined || calls.some((call) => call.tool_call_id === id)) continue;
        problem(`step ${each.step_id} has a result for ${id}, which it did not call`);
      }
    }
  });

export type AtifTrajectory = z.infer<typeof atifSchema>;
export type AtifStep = z.infer<typeof step>;
export type AgentStep = Extract<AtifStep, { source: 'agent' }>;
export type AtifMetrics = z.infer<typeof metrics>;
