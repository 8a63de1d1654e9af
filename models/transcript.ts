/**
 * Makes a transcript fit to be sent, whoever wrote it: calls and results are paired, ids are legal and unique, foreign
 * reasoning is text. What each adapter then does is a plain translation. All of it depends only on what came earlier in
 * the transcript, so that the bytes of a prefix stay the same from turn to turn.
 */
import { createHash } from 'node:crypto';
import { parseArguments } from './arguments.ts';
import { isRecord } from './errors.ts';
import { beginsWith } from './growing.ts';
import type { AssistantMessage, ImagePart, Message, SaidPart, TextPart, ToolResultMessage } from './model.ts';

/** What a call is answered with when the transcript holds no result for it. */
export const INTERRUPTED_RESULT = '[no result: interrupted]';

/** The types of images that all three APIs take. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** A call with its wire id, and its result, which always exists. */
export type PairedResult = { id: string; content: (TextPart | ImagePart)[]; isError: boolean };

export type UserStep = { role: 'user'; content: (TextPart | ImagePart)[] };

/** An assistant message with wire ids. `results` has one entry for each call, in the order of the calls. */
export type AssistantStep = {
  role: 'assistant';
  content: SaidPart[];
  results: PairedResult[];
};

export type Step = UserStep | AssistantStep;

/** What of a model matters for what it can be sent. */
export type Reader = { id: string; images: boolean };

/**
 * Turns messages into steps for `reader`. Empty texts and messages are left out, an orphan call gets a
 * synthetic result, and a result without a call becomes a user text. Reasoning stays reasoning only where the reader
 * itself wrote it, with its `opaque`, and not at the end of a message, where providers refuse it; what another model has
 * thought is text, as far as it can be read. A provider's own compaction goes to the model that it was made for only. In
 * place of an image that the reader cannot see it gets a line.
 */
export function toSteps(messages: readonly Message[], reader: Reader): Step[] {
  const [first] = messages;
  if (first === undefined) return [];
  const before = translated.get(first);
  const begun: Translation = before && isContinued(before, messages, reader) ? before : newTranslation(reader);
  translated.set(first, begun);
  while (begun.messages.length < messages.length) {
    const start = begun.messages.length;
    const group = messages.slice(start, groupEnd(messages, start));
    begun.steps.push(...groupSteps(group, reader, begun.wireIds));
    begun.messages.push(...group);
  }
  return [...begun.steps];
}

/**
 * What the last transcript that began with a message gave: a longer one has the same objects, so that a long session pays,
 * at each turn, for what is new.
 */
type Translation = { reader: Reader; messages: Message[]; steps: Step[]; wireIds: Set<string> };
const translated = new WeakMap<Message, Translation>();

function newTranslation(reader: Reader): Translation {
  return { reader, messages: [], steps: [], wireIds: new Set() };
}

function isContinued(before: Translation, messages: readonly Message[], reader: Reader): boolean {
  // A result that comes late belongs to a message that has been translated without it.
  if (before.reader !== reader || messages[before.messages.length]?.role === 'tool') return false;
  return beginsWith(messages, before.messages);
}

/** Where the message at `start` ends, with its results. */
function groupEnd(messages: readonly Message[], start: number): number {
  let end = start + 1;
  if (messages[start]?.role === 'assistant') while (messages[end]?.role === 'tool') end += 1;
  return end;
}

function groupSteps(group: readonly Message[], reader: Reader, wireIds: Set<string>): Step[] {
  const steps: Step[] = [];
  const [message, ...rest] = group;
  if (message?.role === 'user') pushUser(steps, message.content, reader);
  else if (message?.role === 'tool') pushStray(steps, message, reader);
  else if (message)
    pushAssistant(
      steps,
      message,
      rest.filter((each) => each.role === 'tool'),
      reader,
      wireIds,
    );
  return steps;
}

/**
 * A legal id (`[a-zA-Z0-9_-]{1,64}`, the strictest rule of the three APIs) that is not in `taken`; the same input gives
 * the same id. Legal ids stay as they are, so that a provider sees its own ids again.
 */
export function wireId(id: string, taken: ReadonlySet<string>): string {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(id) && !taken.has(id)) return id;
  for (let salt = 0; ; salt++) {
    const candidate = `call_${createHash('sha256').update(`${salt}:${id}`).digest('hex').slice(0, 40)}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** A call's name with what the APIs refuse replaced: a model may call what no provider would take as a tool's name. */
export function wireName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || '_';
}

/** A call's arguments as an object; text that is none, broken or too deep comes back whole under a name of its own. */
export function argumentsObject(text: string): Record<string, unknown> {
  try {
    const value = parseArguments(text || '{}');
    if (isRecord(value) && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { _unparsable: text };
}

/** A call's arguments as the JSON text of an object: the model's own where it is that, byte for byte. */
export function argumentsText(text: string): string {
  const object = argumentsObject(text);
  return text === '' || '_unparsable' in object ? JSON.stringify(object) : text;
}

function pushUser(steps: Step[], content: readonly (TextPart | ImagePart)[], reader: Reader): void {
  const kept = readable(content, reader);
  if (kept.length > 0) steps.push({ role: 'user', content: kept });
}

function pushStray(steps: Step[], result: ToolResultMessage, reader: Reader): void {
  pushUser(steps, [{ type: 'text', text: '[result of an earlier tool call]' }, ...result.content], reader);
}

/** Without blank texts, which providers refuse even beside others. */
function readable(content: readonly (TextPart | ImagePart)[], reader: Reader): (TextPart | ImagePart)[] {
  return content.flatMap((part) => {
    if (part.type === 'text') return part.text.trim() === '' ? [] : [wellFormed(part)];
    if (!IMAGE_TYPES.some((type) => type === part.mediaType)) return [leftOut(part, 'no model sees this type')];
    return [reader.images ? part : leftOut(part, 'this model sees no images')];
  });
}

function leftOut(image: ImagePart, why: string): TextPart {
  return { type: 'text', text: `[image left out: ${image.mediaType}; ${why}]` };
}

/** Providers refuse half a surrogate pair, and a transcript that holds one would never be taken again. */
function wellFormed(part: TextPart): TextPart {
  return part.text.isWellFormed() ? part : { ...part, text: part.text.toWellFormed() };
}

function pushAssistant(
  steps: Step[],
  message: AssistantMessage,
  results: ToolResultMessage[],
  reader: Reader,
  wireIds: Set<string>,
): void {
  const own = message.model === reader.id;
  const content: AssistantStep['content'] = [];
  const paired: PairedResult[] = [];
  const open = [...results];
  for (const part of message.content) {
    if (part.type === 'reasoning' && own) {
      if (part.opaque !== undefined) content.push(part);
      continue;
    }
    if (part.type === 'compaction') {
      if (!own) continue;
      // It stands for what the model has thought before it, which then leads to nothing.
      dropLastReasoning(content);
      content.push(part);
      continue;
    }
    if (part.type !== 'tool_call') {
      const said: TextPart = part.type === 'text' ? part : { type: 'text', text: part.text };
      if (said.text.trim() !== '') content.push(wellFormed(said));
      continue;
    }
    const id = wireId(part.id, wireIds);
    wireIds.add(id);
    content.push({ ...part, id, name: wireName(part.name) });
    const at = open.findIndex((result) => result.callId === part.id);
    const result = at < 0 ? undefined : open.splice(at, 1)[0];
    paired.push({
      id,
      content: readable(result?.content ?? [{ type: 'text', text: INTERRUPTED_RESULT }], reader),
      isError: result?.isError ?? true,
    });
  }
  dropLastReasoning(content);
  if (content.length > 0) steps.push({ role: 'assistant', content, results: paired });
  for (const result of open) pushStray(steps, result, reader);
}

function dropLastReasoning(content: SaidPart[]): void {
  while (content.at(-1)?.type === 'reasoning') content.pop();
}
