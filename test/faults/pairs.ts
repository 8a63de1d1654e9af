/** Calls and results in a request's body, in the order in which a provider reads them. */
import { isRecord, type ScriptedRequest } from '../model-request.ts';

type Item = { call: string } | { result: string };

/**
 * What is wrong with the calls and results of a request: an id that was used before, a call whose results do not follow
 * before anything else is said, a result without a call. Empty: every call has its result, as providers demand.
 */
export function pairingFaults(request: ScriptedRequest): string[] {
  const faults: string[] = [];
  const used = new Set<string>();
  let open: string[] = [];
  for (const item of itemsOf(request)) {
    if (item !== 'said' && 'result' in item) {
      if (!open.includes(item.result)) faults.push(`result ${item.result} without a call`);
      open = open.filter((id) => id !== item.result);
    } else if (item !== 'said') {
      if (used.has(item.call)) faults.push(`id ${item.call} twice`);
      used.add(item.call);
      open.push(item.call);
    } else {
      faults.push(...open.map((id) => `call ${id} without a result`));
      open = [];
    }
  }
  return [...faults, ...open.map((id) => `call ${id} without a result`)];
}

function itemsOf({ protocol, raw }: ScriptedRequest): (Item | 'said')[] {
  const list = protocol === 'responses' ? raw.input : raw.messages;
  return records(list).flatMap((message): (Item | 'said')[] => {
    if (message.type === 'function_call') return [{ call: String(message.call_id) }];
    if (message.type === 'function_call_output') return [{ result: String(message.call_id) }];
    if (message.role === 'tool') return [{ result: String(message.tool_call_id) }];
    if (message.role === 'assistant' && protocol === 'chat') {
      return ['said', ...records(message.tool_calls).map(({ id }) => ({ call: String(id) }))];
    }
    return records(message.content).map((block): Item | 'said' => {
      if (block.type === 'tool_use') return { call: String(block.id) };
      return block.type === 'tool_result' ? { result: String(block.tool_use_id) } : 'said';
    });
  });
}

function records(value: unknown): Record<string, unknown>[] {
  // A text alone is one block.
  if (typeof value === 'string') return [{ type: 'text', text: value }];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
