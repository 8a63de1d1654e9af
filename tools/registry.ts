/** Which tools there are, and how one call of the model becomes one result. */
import { didYouMean, isTooDeep, type Json, MAX_NESTING, type ToolCallPart } from '../models/index.ts';
import { SandboxError } from '../sandbox/index.ts';
import { applyPatch } from './apply-patch.ts';
import { edit } from './edit.ts';
import { listFiles } from './list-files.ts';
import { readFile } from './read-file.ts';
import { errorResult } from './result.ts';
import { issueLines } from './schema.ts';
import { search } from './search.ts';
import { processTool, shell } from './shell.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';
import { updatePlan } from './update-plan.ts';
import { writeFile } from './write-file.ts';

/** The way to edit that a model is offered; each does best with the one that it was trained on. */
export type EditTool = 'apply_patch' | 'edit';

const EDIT_TOOLS: Record<EditTool, Tool> = { apply_patch: applyPatch, edit };

/** The built-in tools, in the order in which a model is told of them. */
export function defaultTools(editTool: EditTool): Tool[] {
  return [shell, processTool, readFile, writeFile, EDIT_TOOLS[editTool], search, listFiles, updatePlan];
}

/** The same tools for a model that does best with `editTool`. */
export function withEditTool(tools: readonly Tool[], editTool: EditTool): Tool[] {
  return tools.map((tool) => (tool === applyPatch || tool === edit ? EDIT_TOOLS[editTool] : tool));
}

function unknownTool(tools: readonly Tool[], name: string): ToolResult {
  const names = tools.map((tool) => tool.name);
  return errorResult(`There is no tool '${name}'.${didYouMean(name, names)} Tools: ${names.join(', ')}.`, {
    error: 'unknown_tool',
  });
}

/** Says where JSON is broken: "at character 17 of 17, after: …". */
function brokenJson(text: string, error: SyntaxError): string {
  const at = Math.min(text.length, Number(/position (\d+)/.exec(error.message)?.[1] ?? text.length));
  const before = text.slice(Math.max(0, at - 40), at);
  const cut = at >= text.length ? ' They seem to have been cut off.' : '';
  return `The arguments are not valid JSON, at character ${at} of ${text.length}, after: ${before}\n${error.message}.${cut} Nothing was run; send the call again with whole arguments.`;
}

/** Without properties that are null: some models send null for what they leave out. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(kept.map(([key, entry]) => [key, withoutNulls(entry)]));
}

function parseJson(text: string): { value: Json } | { error: string } {
  if (isTooDeep(text)) {
    return { error: `The arguments are nested more than ${MAX_NESTING} deep. Nothing was run; send plainer ones.` };
  }
  try {
    // A call without arguments may have an empty text.
    return { value: text.trim() === '' ? {} : JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return { error: brokenJson(text, error) };
    throw error;
  }
}

/**
 * Runs one call. Everything that the model can mend is a result with `isError`: an unknown name, broken JSON (never
 * repaired), arguments that do not fit, a tool that crashed. Throws `SandboxError`, and what an abort throws.
 */
export async function runToolCall(
  tools: readonly Tool[],
  call: ToolCallPart,
  context: ToolContext,
): Promise<ToolResult> {
  const result = await resultOf(tools, call, context);
  // A cut may have gone through a pair of surrogates; providers refuse the half that is left, now and on every resume.
  const content = result.content.map((part) =>
    part.type === 'text' ? { ...part, text: part.text.toWellFormed() } : part,
  );
  return { ...result, content };
}

/** A call with its tool and its arguments as the tool takes them, or the result that says what is wrong with it. */
export function readCall(
  tools: readonly Tool[],
  call: Pick<ToolCallPart, 'name' | 'arguments'>,
): { tool: Tool; input: unknown } | { refusal: ToolResult } {
  const tool = tools.find((candidate) => candidate.name === call.name);
  if (tool === undefined) return { refusal: unknownTool(tools, call.name) };
  const parsed = parseJson(call.arguments);
  if ('error' in parsed) return { refusal: errorResult(parsed.error, { error: 'invalid_json' }) };
  const asSent = tool.input.safeParse(parsed.value);
  const input = asSent.success ? asSent : tool.input.safeParse(withoutNulls(parsed.value));
  if (input.success) return { tool, input: input.data };
  const issues = issueLines(input.error);
  const text = `The arguments of ${tool.name} do not fit:\n${issues.join('\n')}`;
  return { refusal: errorResult(text, { error: 'invalid_arguments', issues }) };
}

async function resultOf(tools: readonly Tool[], call: ToolCallPart, context: ToolContext): Promise<ToolResult> {
  const read = readCall(tools, call);
  if ('refusal' in read) return read.refusal;
  const { tool, input } = read;
  try {
    return await tool.run(input, context);
  } catch (error) {
    if (error instanceof SandboxError || context.signal.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    return errorResult(`${tool.name} failed: ${message}`, { error: 'crash', message });
  }
}
