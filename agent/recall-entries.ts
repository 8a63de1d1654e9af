/** A session's history as what `recall` looks through. Pure. */
import { z } from 'zod';
import type { RecallEntry } from '../compaction/index.ts';
import { type ImagePart, type Json, parseArguments, type TextPart, type ToolCallPart } from '../models/index.ts';
import { type HistoryItem, handleOf } from '../session/index.ts';

const RECALL = 'recall';
const MAX_ABOUT_CHARACTERS = 80;

/** Of a history: each message and each result, oldest first. Those of earlier recalls and handoffs are copies. */
export function entriesOf(history: readonly HistoryItem[]): RecallEntry[] {
  return history.flatMap((item) => [messageEntry(item), ...item.calls.flatMap((_, index) => resultEntry(item, index))]);
}

/** The title of the whole of a result that the model sees clipped. */
export function wholeTitle(result: RecallEntry): string {
  return `whole output of ${result.handle}, ${result.title}`;
}

function messageEntry(item: HistoryItem): RecallEntry {
  const handle = handleOf(item);
  const { message, kind, calls } = item;
  if (message.role !== 'assistant') {
    const titles = {
      prompt: 'user message',
      notice: 'notice',
      handoff: 'handoff of a compaction',
      response: 'response',
    };
    return { handle, title: titles[kind], text: textOf(message.content), isCopy: kind === 'handoff' };
  }
  const said = message.content.filter((part) => part.type === 'text').map(({ text }) => text);
  const called = calls.map(({ call }, index) => `[call ${handleOf(item, index)}: ${call.name}]${argumentsText(call)}`);
  const names = [...new Set(calls.map(({ call }) => call.name))];
  return {
    handle,
    title: names.length === 0 ? 'assistant message' : `assistant message, calls ${names.join(', ')}`,
    text: [...said, ...called].join('\n'),
    isCopy: said.length === 0 && names.every((name) => name === RECALL),
  };
}

function resultEntry(item: HistoryItem, index: number): RecallEntry[] {
  const { call, result, details } = item.calls[index] ?? {};
  if (call === undefined || result === null || result === undefined) return [];
  const about = aboutOf(call);
  return [
    {
      handle: handleOf(item, index),
      title: `${result.isError ? 'failed result' : 'result'} of ${call.name}${about === '' ? '' : ` ${about}`}`,
      text: textOf(result.content),
      isCopy: call.name === RECALL,
      ...(typeof details?.output === 'string' ? { whole: details.output } : {}),
    },
  ];
}

function textOf(content: readonly (TextPart | ImagePart)[]): string {
  return content.map((part) => (part.type === 'text' ? part.text : `[image, ${part.mediaType}]`)).join('\n');
}

const anObject = z.record(z.string(), z.json());

function parsed({ arguments: text }: ToolCallPart): { [name: string]: Json } | null {
  try {
    return anObject.safeParse(parseArguments(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * A call's arguments with the line breaks of their texts, so that what was written is found line by line; as the model
 * wrote them where they are broken. Those of a recall would be found in place of what it was looking for.
 */
function argumentsText(call: ToolCallPart): string {
  if (call.name === RECALL) return '';
  const given = parsed(call);
  if (given === null) return `\n${call.arguments}`;
  return Object.entries(given)
    .map(([name, value]) =>
      typeof value === 'string' ? textArgument(name, value) : `\n${name}: ${JSON.stringify(value)}`,
    )
    .join('');
}

function textArgument(name: string, value: string): string {
  return value.includes('\n') ? `\n${name}:\n${value}` : `\n${name}: ${value}`;
}

/** What tells calls of one tool apart: the files of a patch, else the first argument that is a text, on one line. */
function aboutOf(call: ToolCallPart): string {
  const given = parsed(call);
  const texts = Object.values(given ?? {}).filter((value) => typeof value === 'string');
  const files = texts.flatMap((text) => [...text.matchAll(/^\*\*\* \w+ File: (.+)$/gm)].map(([, path]) => path));
  const about = files.length > 0 ? files.join(' ') : typeof given?.path === 'string' ? given.path : (texts[0] ?? '');
  const line = about
    .slice(0, 10 * MAX_ABOUT_CHARACTERS)
    .replace(/\s+/gu, ' ')
    .trim();
  return line.length > MAX_ABOUT_CHARACTERS ? `${line.slice(0, MAX_ABOUT_CHARACTERS)}…`.toWellFormed() : line;
}
