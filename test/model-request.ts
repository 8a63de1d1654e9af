/** What a scripted model sees of a request, whichever protocol it came in. */

export type Protocol = 'messages' | 'responses' | 'chat';

/** A tool's result as the request carries it; images are left out. */
export type ScriptedResult = { callId: string; text: string };

/** `toolResults` holds all results of the request, the newest last; `lastUserText` is the newest text of the user. */
export type ScriptedRequest = {
  protocol: Protocol;
  model: string;
  system: string;
  lastUserText: string;
  toolResults: ScriptedResult[];
  raw: Record<string, unknown>;
};

/** The protocol that a path belongs to, or null. */
export function protocolOf(path: string): Protocol | null {
  if (path.startsWith('/v1/messages')) return 'messages';
  if (path.startsWith('/v1/responses')) return 'responses';
  return path.startsWith('/v1/chat/completions') ? 'chat' : null;
}

/** Reads a request's body, without checking it. */
export function viewOf(protocol: Protocol, raw: Record<string, unknown>): ScriptedRequest {
  const items = records(protocol === 'responses' ? raw.input : raw.messages);
  const systems = items.filter((item) => item.role === 'system' || item.role === 'developer');
  const system = {
    messages: raw.system,
    responses: raw.instructions,
    chat: systems.map((item) => ({ text: textOf(item.content) })),
  };
  const users = items
    .filter((item) => item.role === 'user')
    .flatMap((item) => {
      const text = textOf(item.content);
      return text === '' ? [] : [text];
    });
  return {
    protocol,
    model: String(raw.model),
    system: textOf(system[protocol]),
    lastUserText: users.at(-1) ?? '',
    toolResults: items.flatMap(resultsOf),
    raw,
  };
}

/** A plain object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function resultsOf(item: Record<string, unknown>): ScriptedResult[] {
  if (item.type === 'function_call_output') return [{ callId: String(item.call_id), text: textOf(item.output) }];
  if (item.role === 'tool') return [{ callId: String(item.tool_call_id), text: textOf(item.content) }];
  if (item.role !== 'user') return [];
  return records(item.content)
    .filter((block) => block.type === 'tool_result')
    .map((block) => ({ callId: String(block.tool_use_id), text: textOf(block.content) }));
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return records(content)
    .flatMap((part) => (typeof part.text === 'string' ? [part.text] : []))
    .join('\n');
}
