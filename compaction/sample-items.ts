/** Histories for the tests of this folder, from the events that make them. */
import { NO_USAGE } from '../models/index.ts';
import { type EventBody, fold, type HistoryItem } from '../session/index.ts';

type Details = Extract<EventBody, { type: 'tool.finished' }>['details'];
export type SampleCall = {
  name: string;
  args: Record<string, unknown> | string;
  result?: string;
  error?: boolean;
  details?: Details;
};

export const prompt = (text: string): EventBody => ({ type: 'prompt', content: [{ type: 'text', text }] });

/** A turn of calls with their results. */
export function turn(number: number, calls: SampleCall[], text = ''): EventBody[] {
  const parts = calls.map(({ name, args }, index) => {
    const given = typeof args === 'string' ? args : JSON.stringify(args);
    return { type: 'tool_call' as const, id: `c${number}.${index}`, name, arguments: given };
  });
  return [
    {
      type: 'model.responded',
      turn: number,
      message: {
        role: 'assistant',
        model: 'p:m',
        content: [...(text === '' ? [] : [{ type: 'text' as const, text }]), ...parts],
      },
      stopReason: calls.length > 0 ? 'tool_calls' : 'end',
      usage: NO_USAGE,
      durationMs: 1,
      firstTokenMs: null,
    },
    ...calls.map(
      ({ name, result = 'ok', error = false, details = {} }, index): EventBody => ({
        type: 'tool.finished',
        turn: number,
        callId: `c${number}.${index}`,
        name,
        content: [{ type: 'text', text: result }],
        isError: error,
        details,
        durationMs: 1,
      }),
    ),
  ];
}

export const read = (path: string, lines = 100, of = lines): SampleCall => ({
  name: 'read_file',
  args: { path },
  result: 'a line of the file\n'.repeat(lines),
  details: { first: 1, last: lines, lines: of },
});

export const ran = (command: string, exitCode: number, result = 'some output\n'.repeat(50)): SampleCall => ({
  name: 'shell',
  args: { command },
  result,
  error: exitCode !== 0,
  details: { exitCode },
});

/** The history of some events. */
export function historyOf(...events: (EventBody | EventBody[])[]): readonly HistoryItem[] {
  return fold(events.flat()).history;
}
