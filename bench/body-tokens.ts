/**
 * The input tokens of a request as a provider may count them: from the body that arrived, with any tokenizer. It shares no
 * code with the estimate. Counted are the texts that a model reads, not the JSON around them.
 */
import { isRecord, type Protocol } from '../test/model-request.ts';

/** Counts a text's tokens. */
export type Count = (text: string) => number;

/** What a model reads around each message, call and result (its role, its borders), and around the list of tools. */
const MESSAGE_FRAME = 4;
const TOOL_FRAME = 8;
/** What begins the answer. */
const ANSWER_FRAME = 3;

/** Tokens of a body of one of the three protocols. Throws at what it does not know, so that nothing goes uncounted. */
export function bodyTokens(protocol: Protocol, body: Record<string, unknown>, count: Count): number {
  const tools = list(body.tools).map((tool) => (protocol === 'chat' ? record(tool.function) : tool));
  const described = tools.map(({ name, description, parameters, input_schema }) =>
    JSON.stringify({ name, description, parameters: parameters ?? input_schema }),
  );
  const messages = list(protocol === 'responses' ? body.input : body.messages);
  const system = texts(protocol === 'messages' ? body.system : body.instructions);
  return (
    ANSWER_FRAME +
    sum(described.map((tool) => TOOL_FRAME + count(tool))) +
    (system.length === 0 ? 0 : MESSAGE_FRAME + sum(system.map(count))) +
    sum(messages.flatMap(readParts).map((part) => MESSAGE_FRAME + count(part)))
  );
}

/** The texts of a message or an item, each with a frame of its own. */
function readParts(item: Record<string, unknown>): string[] {
  if (item.type === 'function_call') return [`${item.name}${item.arguments}`];
  if (item.type === 'function_call_output') return [texts(item.output).join('\n')];
  const calls = list(item.tool_calls).map((call) => {
    const { name, arguments: given } = record(call.function);
    return `${name}${given}`;
  });
  return [...blocks(item.content), ...calls];
}

function blocks(content: unknown): string[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [content];
  return list(content).map((block) => {
    if (block.type === 'tool_use') return `${block.name}${JSON.stringify(block.input)}`;
    if (block.type === 'tool_result') return texts(block.content).join('\n');
    return text(block);
  });
}

function texts(content: unknown): string[] {
  if (content === undefined) return [];
  return typeof content === 'string' ? [content] : list(content).map(text);
}

function text(block: Record<string, unknown>): string {
  if (typeof block.text !== 'string') throw new Error(`a block of type ${block.type} is not counted`);
  return block.text;
}

function list(value: unknown): Record<string, unknown>[] {
  return value === undefined ? [] : Array.isArray(value) ? value.map(record) : [record(value)];
}

function record(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw new Error('the body has something else where an object belongs');
  return value;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
