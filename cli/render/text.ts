/** Words and numbers for a terminal. */
import { styleText } from 'node:util';
import type { Usage } from '../../models/index.ts';
import { dropSequences } from '../../tools/index.ts';

export type Style = Parameters<typeof styleText>[0];

/** Paints text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** A painter for a stream: colours only on a terminal, and not where NO_COLOR asks for none. */
export function painter(stream: { isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): Paint {
  const colours = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
}

// Any control character but tab and newline; bidirectional overrides too, which can make a line read as another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** What comes from a model, a repository or a command, made safe to print. No text is lost; a diff has `showControls`. */
export function printable(text: string): string {
  return dropSequences(text.replaceAll('\r\n', '\n')).replace(CONTROLS, '');
}

/** The first line, at most `max` characters long. */
export function oneLine(text: string, max: number): string {
  const line = printable(text).trim().replace(/\s+/g, ' ');
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}

/** 950 → `950`, 23100 → `23.1k`, 1200000 → `1.2M`. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** Dollars; four digits below a dime, since most calls cost less than a cent. */
export function cost(usd: number | null): string {
  if (usd === null) return 'price unknown';
  return `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

/** `23.1k tokens in (87% cached), 1.2k out, $0.0312`: what the provider has counted, and how much of it its cache had. */
export function spending(usage: Usage): string {
  const { inputTokens, outputTokens, costUsd } = usage;
  return `${tokens(inputTokens)} tokens in${hitRate(usage)}, ${tokens(outputTokens)} out, ${cost(costUsd)}`;
}

/** ` (87% cached)`: the share of the input that the provider's prompt cache had; empty where nothing was counted. */
export function hitRate({ inputTokens, cacheReadTokens }: Usage): string {
  return inputTokens === 0 ? '' : ` (${Math.round((100 * cacheReadTokens) / inputTokens)}% cached)`;
}

/** Milliseconds → `0.4s`, `12s`, `3m05s`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}
