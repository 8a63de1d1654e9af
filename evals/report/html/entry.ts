/** One event of a session as an entry of a trajectory. Pure. */
import type { SessionEvent } from '../../../session/index.ts';
import { visibleOutput } from '../visible.ts';
import { bytes, dollars, duration, percent, shortCount } from '../words.ts';
import { type Html, html, within } from './markup.ts';

type Content = Extract<SessionEvent, { type: 'prompt' | 'tool.finished' }>['content'];
type Part = Extract<SessionEvent, { type: 'model.responded' }>['message']['content'][number];
type Usage = Extract<SessionEvent, { type: 'model.responded' }>['usage'];

/** In bytes of the page. A model's words are mostly short, and a tool's result is told by its two ends. */
export type EntryRoom = { said: number; result: number };

const RESULT_TAIL = 0.5;
const LINE_MAX = 1000;

/** The entry; null: the event tells a reader nothing that another does not. */
export function entryOf(event: SessionEvent, { said, result }: EntryRoom): Html | null {
  switch (event.type) {
    case 'session.created':
      return entry('runtime', 'session', event.id, [
        line(`${event.model}, a window of ${shortCount(event.contextWindow)} tokens, edits with ${event.editTool}`),
      ]);
    case 'prompt':
      return entry('user', 'prompt', '', [block(textOf(event.content), said)]);
    case 'model.responded': {
      const { turn, message, usage, durationMs, error, stopReason } = event;
      const odd = stopReason === 'end' || stopReason === 'tool_calls' ? '' : ` · stopped by ${stopReason}`;
      return entry('model', `turn ${turn}`, `${usageWords(usage)} · ${duration(durationMs)}${odd}`, [
        ...message.content.map((part) => partOf(part, { said, result })),
        error === undefined ? null : trouble(`${error.kind}: ${error.message}`),
      ]);
    }
    case 'tool.finished': {
      const { exitCode } = event.details;
      const code = typeof exitCode === 'number' && exitCode !== 0 ? ` · exit code ${exitCode}` : '';
      return entry(
        event.isError ? 'result bad' : 'result',
        event.isError ? `${event.name} failed` : event.name,
        `${duration(event.durationMs)}${code}`,
        [block(visibleOutput(textOf(event.content)), result, RESULT_TAIL)],
      );
    }
    case 'compaction.finished': {
      const size = `${shortCount(event.tokensBefore)} → ${shortCount(event.tokensAfter)} tokens`;
      const how = `${event.rung} (${event.strategy}, by ${event.trigger})`;
      return entry('compaction', 'compaction', `${size} · ${how} · ${duration(event.durationMs)}`, [
        event.handoff === null ? null : folded('the message in place of what was dropped', event.handoff, said),
      ]);
    }
    case 'compaction.failed':
      return entry('runtime bad', 'compaction failed', `${event.rung}: ${event.reason}`, [block(event.text, result)]);
    case 'notice':
      return entry('runtime', 'notice', event.reason, [block(event.text, said)]);
    case 'verify.finished': {
      const state = event.exitCode === 0 ? 'passed' : 'did not pass';
      return entry(event.exitCode === 0 ? 'runtime' : 'runtime bad', 'verify', `${event.command} ${state}`, [
        block(visibleOutput(event.output), result, RESULT_TAIL),
      ]);
    }
    case 'run.finished':
      return entry(
        event.outcome === 'completed' ? 'runtime' : 'runtime bad',
        `end: ${event.outcome}`,
        `${event.turns} turns · ${usageWords(event.usage)} · ${duration(event.durationMs)}`,
        [line(event.message)],
      );
    default:
      return shortEntry(event);
  }
}

/** What takes one line. */
function shortEntry(event: SessionEvent): Html | null {
  switch (event.type) {
    case 'model.retried':
      return entry('runtime bad', 'request failed', `${event.error.kind}, tried again`, [line(event.error.message)]);
    case 'model.changed':
      return entry('runtime', 'model changed', event.reason, [line(`${event.from} → ${event.model}`)]);
    case 'policy.decided':
      return entry('runtime', `policy: ${event.verdict}`, `${event.tool}, by ${event.by}`, [line(event.what)]);
    case 'hook.finished':
      return entry('runtime', `hook ${event.hook}`, event.outcome, [line(event.command), line(event.text)]);
    case 'process.ended':
      return entry('runtime', 'process ended', event.handle, [line(`${event.reason}, exit code ${event.exitCode}`)]);
    case 'limit.breached':
      return entry('runtime bad', 'limit', event.kind, [line(event.text)]);
    case 'network.connection':
      if (event.verdict === 'allowed') return null;
      return entry('runtime bad', `network: ${event.verdict}`, `${event.host}:${event.port}`, [line(event.reason)]);
    case 'mcp.server':
      return entry('runtime', `MCP server ${event.server}`, event.state, [line(event.text)]);
    default:
      return null;
  }
}

function entry(kind: string, title: string, facts: string, body: readonly (Html | null)[]): Html {
  return html`<li class="${kind}"><p class="head"><b>${title}</b> <span>${within(facts, 500).head}</span></p>${body}</li>\n`;
}

function partOf(part: Part, { said, result }: EntryRoom): Html | null {
  switch (part.type) {
    case 'text':
      return part.text.trim() === '' ? null : block(part.text, said, 0, 'said');
    case 'reasoning':
      return part.text.trim() === '' ? null : folded('reasoning', part.text, said);
    case 'compaction':
      return line('(the provider has put a summary in the place of all before)');
    case 'tool_call':
      return html`<div class="call"><p class="head"><b>${part.name}</b></p>${argumentsOf(part.arguments, result)}</div>`;
  }
}

/** Texts as they are, so that commands and patches can be read; anything else as JSON. */
function argumentsOf(text: string, max: number): Html {
  const values = recordOf(text);
  if (values === null) return block(text, max);
  return html`<dl>${Object.entries(values)
    .map(([name, value]) => {
      const shown = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
      return html`<dt>${within(name, 200).head}</dt><dd>${block(shown, max / 2, RESULT_TAIL)}</dd>`;
    })
    .slice(0, 20)}</dl>`;
}

/** Null: it is no JSON object. */
function recordOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function block(text: string, max: number, tailShare = 0, kind = ''): Html {
  const { head, tail, left } = within(text, max, tailShare);
  const gap = left === 0 ? null : html`\n<i class="left">… ${left} characters left out …</i>\n`;
  return html`<pre class="${kind}">${head}${gap}${tail}</pre>`;
}

function folded(title: string, text: string, max: number): Html {
  return html`<details><summary>${title}</summary>${block(text, max)}</details>`;
}

function line(text: string): Html | null {
  return text === '' ? null : html`<p>${within(text, LINE_MAX).head}</p>`;
}

function trouble(text: string): Html {
  return html`<p class="trouble">${within(text, LINE_MAX).head}</p>`;
}

function textOf(content: Content): string {
  return content
    .map((part) => (part.type === 'text' ? part.text : `[${part.mediaType}, ${bytes(part.data.length * 0.75)}]`))
    .join('\n');
}

function usageWords({ inputTokens, cacheReadTokens, outputTokens, costUsd }: Usage): string {
  const cached = inputTokens === 0 ? '' : ` (${percent(cacheReadTokens / inputTokens)} cached)`;
  const price = costUsd === null ? '' : ` · ${dollars(costUsd)}`;
  return `${shortCount(inputTokens)} tokens in${cached}, ${shortCount(outputTokens)} out${price}`;
}
