/** Asking the person at the terminal whether a call may be made. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Approve, Question } from '../agent/index.ts';
import { showControls } from '../tools/index.ts';
import type { Live } from './render/live.ts';
import { oneLine, painter } from './render/text.ts';

type Keyboard = NodeJS.ReadableStream & { isTTY?: boolean };
type Screen = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** What was typed before the question was there is no answer to it; so long a terminal takes to hand it over. */
const TYPED_AHEAD_MS = 50;
/** Lines of the question that are not the call. */
const FRAME_LINES = 6;
/** Where a terminal does not know its size. */
const [ROWS, COLUMNS] = [24, 80];
const CHOICE = 'y: yes · a: yes, and the same call for the rest of this run · n WORDS: no, and words for the model';

/** Asks on a terminal; null where there is none at either end. The rest of the screen waits meanwhile. */
export function approver(keyboard: Keyboard, screen: Screen, live: Pick<Live, 'hold' | 'goOn'>): Approve | null {
  if (keyboard.isTTY !== true || screen.isTTY !== true) return null;
  const paint = painter(screen, process.env);
  return async (question, signal) => {
    live.hold();
    const lines = lineReader(keyboard, signal);
    try {
      await sleep(TYPED_AHEAD_MS);
      lines.forget();
      const shown = questionText(question, screen.rows || ROWS, screen.columns || COLUMNS);
      const choice = shown.isWhole ? CHOICE : `${CHOICE} · v: view all of it`;
      screen.write(`${paint('bold', shown.head)}\n${shown.call}\n${paint('dim', choice)}\n`);
      for (;;) {
        screen.write(paint('bold', '? '));
        const line = await lines.next();
        if (line === null) screen.write('\n');
        if (line?.trim() === 'v') screen.write(`${questionText(question, Number.POSITIVE_INFINITY, COLUMNS).call}\n`);
        const answer = answerOf(line);
        if (answer !== null) return answer;
      }
    } finally {
      lines.close();
      live.goOn();
    }
  };
}

/** The question as it is shown, safe to print; a call that does not fit the screen without its middle. */
export function questionText(
  { tool, call, what, rule }: Question,
  rows: number,
  columns: number,
): { head: string; call: string; isWhole: boolean } {
  const head = oneLine(`May ${tool} be called? (${rule}: ${what})`, columns * 2);
  const height = (line: string) => Math.max(1, Math.ceil((line.length + 4) / columns));
  const lines = showControls(call).replaceAll('\t', '    ').split('\n');
  const room = Math.max(4, rows - FRAME_LINES);
  const whole = lines.map((line) => `    ${line}`).join('\n');
  if (lines.reduce((sum, line) => sum + height(line), 0) <= room) return { head, call: whole, isWhole: true };
  const half = Math.floor((room - 1) / 2);
  // One line may fill any screen.
  const width = Math.max(20, half * (columns - 4) - 4);
  const kept = (from: readonly string[]): string[] => {
    let used = 0;
    const end = from.findIndex((line) => {
      used += height(line);
      return used > half;
    });
    return from.slice(0, end === -1 ? from.length : end);
  };
  const start = kept(lines);
  const end = kept(lines.slice(start.length).toReversed()).toReversed();
  const [first = '', last = ''] = [lines[0], lines.at(-1)];
  const above = start.length > 0 ? start : [`${first.slice(0, width)}…`];
  const below = end.length > 0 ? end : [`…${last.slice(-width)}`];
  const shown = [...above, '[… not all of it is shown …]', ...below];
  return { head, call: shown.map((line) => `    ${line}`).join('\n'), isWhole: false };
}

/** What a line answers; null: nothing that is an answer. The end of the input is a no. */
export function answerOf(line: string | null): Answer | null {
  if (line === null) return { answer: 'no', words: '' };
  const [, word = '', words = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line) ?? [];
  switch (word.toLowerCase()) {
    case 'y':
    case 'yes':
      return words === '' ? { answer: 'yes', words: '' } : null;
    case 'a':
    case 'always':
      return words === '' ? { answer: 'always', words: '' } : null;
    case 'n':
    case 'no':
      return { answer: 'no', words };
    default:
      return null;
  }
}

type LineReader = { next(): Promise<string | null>; forget(): void; close(): void };

/** Lines as the terminal hands them over: it does the editing, and Ctrl-C stays a signal. */
function lineReader(keyboard: Keyboard, signal: AbortSignal): LineReader {
  let text = '';
  let isOver = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer | string) => {
    text += chunk.toString();
    wake();
  };
  const onEnd = () => {
    isOver = true;
    wake();
  };
  const onAbort = () => wake();
  keyboard.on('data', onData);
  keyboard.on('end', onEnd);
  keyboard.on('error', onEnd);
  signal.addEventListener('abort', onAbort);
  keyboard.resume();
  return {
    async next() {
      for (;;) {
        signal.throwIfAborted();
        const end = text.indexOf('\n');
        if (end !== -1) {
          const line = text.slice(0, end);
          text = text.slice(end + 1);
          return line;
        }
        if (isOver) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    forget() {
      text = '';
    },
    close() {
      keyboard.off('data', onData);
      keyboard.off('end', onEnd);
      keyboard.off('error', onEnd);
      signal.removeEventListener('abort', onAbort);
      keyboard.pause();
    },
  };
}
