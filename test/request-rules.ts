/**
 * What the three APIs refuse in a request, as far as a transcript can get it wrong: pairs of calls and results, roles, ids,
 * names, the place of reasoning, and where images may be. From the providers' references; strict where they only hint.
 */
import { isRecord, type Protocol } from './model-request.ts';

type Item = Record<string, unknown>;
type Report = (problem: string) => void;

const LEGAL = /^[a-zA-Z0-9_-]{1,64}$/;
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
const DATA_URL = /^data:(image\/[a-z]+);base64,[A-Za-z0-9+/]+=*$/;

/** Everything that is wrong with a request's body; empty where it is legal. */
export function problemsOf(protocol: Protocol, raw: Item): string[] {
  const problems: string[] = [];
  const report: Report = (problem) => problems.push(problem);
  const rules = { messages: checkMessages, responses: checkResponses, chat: checkChat }[protocol];
  rules(raw, report);
  if (/"undefined"|\[object /.test(JSON.stringify(raw))) report('a value that was never meant to be text');
  return problems;
}

function items(value: unknown, where: string, report: Report): Item[] {
  if (Array.isArray(value) && value.length > 0 && value.every(isRecord)) return value;
  report(`${where} is no list of objects, or empty`);
  return [];
}

function text(value: unknown, where: string, report: Report): void {
  if (typeof value !== 'string' || value.trim() === '') report(`${where}: a text that is empty or none`);
}

function legal(value: unknown, where: string, report: Report): string {
  if (typeof value !== 'string' || !LEGAL.test(value))
    report(`${where}: illegal ${JSON.stringify(value)?.slice(0, 80)}`);
  return String(value);
}

function checkTools(names: unknown[], report: Report): void {
  if (names.length === 0) report('calls need tools');
  for (const name of names) legal(name, 'tool', report);
  if (new Set(names).size !== names.length) report('two tools have one name');
}

/** Keeps the books of calls: ids are used once, and what is open is answered before anything else comes. */
function ledger(report: Report) {
  const seen = new Set<string>();
  let open: string[] = [];
  return {
    call(id: string) {
      if (seen.has(id)) report(`the id ${id} is used twice`);
      seen.add(id);
      open.push(id);
    },
    result(id: string) {
      if (!open.includes(id)) report(`a result without an open call: ${id}`);
      open = open.filter((one) => one !== id);
    },
    settled(before: string) {
      if (open.length > 0) report(`unanswered before ${before}: ${open.join(', ')}`);
      open = [];
    },
  };
}

function checkMessages(raw: Item, report: Report): void {
  checkTools(
    items(raw.tools, 'tools', report).map((tool) => tool.name),
    report,
  );
  const messages = items(raw.messages, 'messages', report);
  const books = ledger(report);
  let images = 0;
  let last = 'assistant';
  for (const [index, { role, content }] of messages.entries()) {
    const where = `messages[${index}]`;
    if (role !== 'user' && role !== 'assistant') report(`${where}: role ${role}`);
    if (role === last) report(`${where}: two messages of ${role} in a row, or it begins with the assistant`);
    last = String(role);
    const blocks = items(content, where, report);
    if (role === 'assistant') {
      for (const block of blocks) assistantBlock(block, where, books, report);
      if (/thinking/.test(String(blocks.at(-1)?.type))) report(`${where} ends with thinking`);
      continue;
    }
    const others = blocks.findIndex(({ type }) => type !== 'tool_result');
    if (others >= 0 && blocks.slice(others).some(({ type }) => type === 'tool_result'))
      report(`${where}: a result behind text`);
    for (const block of blocks) {
      if (block.type === 'tool_result') {
        books.result(String(block.tool_use_id));
        for (const part of block.content === undefined ? [] : items(block.content, where, report)) {
          images += userBlock(part, where, report);
        }
      } else images += userBlock(block, where, report);
    }
    books.settled(`the end of ${where}`);
  }
  if (last !== 'user') report('the last message is not the user');
  if (isRecord(raw.context_management)) checkEdits(raw.context_management.edits, report);
  if (images > 100) report(`${images} images`);
  const breakpoints = JSON.stringify(raw).match(/"cache_control"/g)?.length ?? 0;
  if (breakpoints > 4) report(`${breakpoints} cache breakpoints`);
  checkThinking(raw, messages, report);
}

/** Compaction is the only edit that is asked for, and has a least trigger. */
function checkEdits(value: unknown, report: Report): void {
  for (const { type, trigger } of items(value, 'edits', report)) {
    if (type !== 'compact_20260112') report(`an edit ${type}`);
    if (!isRecord(trigger) || trigger.type !== 'input_tokens' || !(Number(trigger.value) >= 50_000)) {
      report(`a compaction trigger of ${JSON.stringify(trigger)}`);
    }
  }
}

/** With a budget, a turn that goes on must have begun with thinking; and the budget is below the output. */
function checkThinking({ thinking, max_tokens }: Item, messages: Item[], report: Report): void {
  if (!isRecord(thinking) || thinking.type !== 'enabled') return;
  const budget = Number(thinking.budget_tokens);
  if (!(budget >= 1024 && budget < Number(max_tokens))) report(`a thinking budget of ${budget}`);
  const newest = messages.findLast(({ role }) => role === 'assistant');
  const blocks = Array.isArray(newest?.content) ? newest.content.filter(isRecord) : [];
  if (blocks.some(({ type }) => type === 'tool_use') && !/thinking/.test(String(blocks[0]?.type))) {
    report('thinking is enabled in a turn that does not begin with it');
  }
}

function assistantBlock(block: Item, where: string, books: ReturnType<typeof ledger>, report: Report): void {
  if (block.type === 'text') text(block.text, where, report);
  else if (block.type === 'tool_use') {
    books.call(legal(block.id, where, report));
    legal(block.name, where, report);
    if (!isRecord(block.input)) report(`${where}: the input is no object`);
  } else if (block.type === 'thinking') text(block.signature, `${where} signature`, report);
  else if (block.type === 'compaction') text(block.content, `${where} compaction`, report);
  else if (block.type !== 'redacted_thinking') report(`${where}: a block ${block.type}`);
}

/** Gives how many images the block is. */
function userBlock(block: Item, where: string, report: Report): number {
  if (block.type === 'text') text(block.text, where, report);
  else if (block.type === 'image' && isRecord(block.source)) {
    const { type, media_type, data } = block.source;
    if (type !== 'base64' || !IMAGE_TYPES.includes(String(media_type))) report(`${where}: image of ${media_type}`);
    text(data, `${where} image`, report);
    return 1;
  } else report(`${where}: a block ${block.type}`);
  return 0;
}

function checkResponses(raw: Item, report: Report): void {
  checkTools(
    items(raw.tools, 'tools', report).map((tool) => tool.name),
    report,
  );
  if (raw.store !== false) report('the provider is to store it');
  const books = ledger(report);
  let reasoned = false;
  let resulting = false;
  for (const [index, item] of items(raw.input, 'input', report).entries()) {
    const where = `input[${index}]`;
    const isResult = item.type === 'function_call_output';
    const ofModel =
      item.type === 'function_call' ||
      item.type === 'reasoning' ||
      item.type === 'compaction' ||
      item.role === 'assistant';
    if (reasoned && (!ofModel || item.type === 'compaction')) report(`${where}: reasoning without what it led to`);
    if (!isResult && (resulting || !ofModel)) books.settled(where);
    resulting = isResult;
    reasoned = item.type === 'reasoning';
    if (item.type === 'function_call') {
      books.call(legal(item.call_id, where, report));
      legal(item.name, where, report);
      object(item.arguments, where, report);
    } else if (isResult) {
      books.result(String(item.call_id));
      if (typeof item.output !== 'string')
        for (const part of items(item.output, where, report)) inputPart(part, where, report);
    } else if (item.type === 'reasoning') {
      if (!String(item.id).startsWith('rs_')) report(`${where}: reasoning id ${item.id}`);
      text(item.encrypted_content, `${where} encrypted_content`, report);
    } else if (item.type === 'compaction') text(item.encrypted_content, `${where} encrypted_content`, report);
    else if (item.role === 'assistant') text(item.content, where, report);
    else if (item.role === 'user')
      for (const part of items(item.content, where, report)) inputPart(part, where, report);
    else report(`${where}: ${item.type} of ${item.role}`);
  }
  if (reasoned) report('it ends with reasoning');
  for (const { type, compact_threshold } of raw.context_management === undefined
    ? []
    : items(raw.context_management, 'context_management', report)) {
    if (type !== 'compaction' || !(Number(compact_threshold) >= 1000)) report(`${type} at ${compact_threshold}`);
  }
  books.settled('the end');
}

function inputPart(part: Item, where: string, report: Report): void {
  if (part.type === 'input_text') text(part.text, where, report);
  else if (part.type === 'input_image') dataUrl(part.image_url, where, report);
  else report(`${where}: a part ${part.type}`);
}

function dataUrl(url: unknown, where: string, report: Report): void {
  const type = DATA_URL.exec(String(url))?.[1];
  if (type === undefined || !IMAGE_TYPES.includes(type)) report(`${where}: image ${String(url).slice(0, 40)}`);
}

function object(json: unknown, where: string, report: Report): void {
  try {
    const value: unknown = JSON.parse(String(json));
    if (!isRecord(value)) report(`${where}: the arguments are no object`);
  } catch {
    // What is no JSON is a problem of the request, which is what is looked for.
    report(`${where}: the arguments are not JSON`);
  }
}

function checkChat(raw: Item, report: Report): void {
  const tools = items(raw.tools, 'tools', report).map((tool) => (isRecord(tool.function) ? tool.function.name : null));
  checkTools(tools, report);
  const books = ledger(report);
  for (const [index, message] of items(raw.messages, 'messages', report).entries()) {
    const where = `messages[${index}]`;
    if (message.role === 'tool') {
      books.result(String(message.tool_call_id));
      if (typeof message.content !== 'string') report(`${where}: a result that is not text`);
      continue;
    }
    books.settled(where);
    if (message.role === 'system') text(message.content, where, report);
    else if (message.role === 'user') userContent(message.content, where, report);
    else if (message.role === 'assistant') {
      const calls = message.tool_calls === undefined ? [] : items(message.tool_calls, where, report);
      if (calls.length === 0) text(message.content, where, report);
      for (const call of calls) {
        books.call(legal(call.id, where, report));
        if (!isRecord(call.function)) report(`${where}: a call without a function`);
        else {
          legal(call.function.name, where, report);
          object(call.function.arguments, where, report);
        }
      }
    } else report(`${where}: role ${message.role}`);
    if (message.role === 'system' && index > 0) report(`${where}: a system message in the middle`);
  }
  books.settled('the end');
}

function userContent(content: unknown, where: string, report: Report): void {
  if (typeof content === 'string') {
    text(content, where, report);
    return;
  }
  for (const part of items(content, where, report)) {
    if (part.type === 'text') text(part.text, where, report);
    else if (part.type === 'image_url' && isRecord(part.image_url)) dataUrl(part.image_url.url, where, report);
    else report(`${where}: a part ${part.type}`);
  }
}
