/** How Anthropic's models are told how much to think. */
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages/messages';
import type { ResolvedModel } from './catalogue.ts';
import { nearestEffort } from './effort.ts';
import type { ReasoningEffort } from './model.ts';

/** Shares of the output that a reasoning budget may take; the API wants at least 1,024 and less than all of it. */
const BUDGET_SHARE = { minimal: 0, low: 0.2, medium: 0.4, high: 0.7, xhigh: 0.8, max: 0.9 } as const;
const MIN_BUDGET_TOKENS = 1024;

/** What of a message in a request is looked at. */
type Sent = { role: 'user' | 'assistant'; content: readonly { type: string }[] };

/** The fields that ask for `wanted`, or for the level nearest to it that the model has. */
export function reasoningFields(
  wanted: ReasoningEffort | undefined,
  maxTokens: number,
  model: ResolvedModel,
  messages: readonly Sent[],
): Pick<MessageCreateParamsStreaming, 'thinking' | 'output_config'> {
  const control = model.reasoning;
  const effort = nearestEffort(wanted, model);
  if (control === null || (effort === undefined && !model.known)) return {};
  if (effort === 'none')
    return control.off === null || control.off === 'none' ? {} : { thinking: { type: control.off } };
  if (control.style === 'budget') {
    if (effort === undefined || maxTokens <= MIN_BUDGET_TOKENS || inForeignTurn(messages)) return {};
    const budget_tokens = Math.max(MIN_BUDGET_TOKENS, Math.floor(maxTokens * BUDGET_SHARE[effort]));
    return { thinking: { type: 'enabled', budget_tokens } };
  }
  // Current models put what they say between calls into thinking blocks, which are empty unless a summary is asked for.
  const thinking = { type: 'adaptive', display: 'summarized' } as const;
  return { thinking, ...(effort !== undefined && effort !== 'minimal' && { output_config: { effort } }) };
}

/**
 * Whether the model is to go on in the middle of a turn that does not begin with its own thinking, since another model
 * (or itself, without thinking) has made the calls. With a budget the API then refuses to think until the turn is over
 * (https://platform.claude.com/docs/en/build-with-claude/extended-thinking); adaptive thinking has no such rule.
 */
function inForeignTurn(messages: readonly Sent[]): boolean {
  const content = messages.findLast((message) => message.role === 'assistant')?.content ?? [];
  return (
    content.some(({ type }) => type === 'tool_use') &&
    !/thinking/.test(content.find(({ type }) => type !== 'compaction')?.type ?? '')
  );
}
