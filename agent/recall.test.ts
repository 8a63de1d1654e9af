import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Json, NO_USAGE, type ToolCallPart } from '../models/index.ts';
import { type EventBody, type FoldedEvent, fold, openBlobs } from '../session/index.ts';
import { createRecall } from './recall.ts';

const folder = await mkdtemp(join(tmpdir(), 'drydock-recall-'));
afterAll(() => rm(folder, { recursive: true }));
const blobs = openBlobs(folder);

type Call = {
  name: string;
  args: object | string;
  result?: string;
  isError?: boolean;
  details?: { [key: string]: Json };
};

const prompt = (text: string): EventBody => ({ type: 'prompt', content: [{ type: 'text', text }] });

/** A response with a text and calls, and the calls' results. */
function turn(number: number, text: string, calls: Call[]): FoldedEvent[] {
  const parts = calls.map(
    ({ name, args }, index): ToolCallPart => ({
      type: 'tool_call',
      id: `c${index}`,
      name,
      arguments: typeof args === 'string' ? args : JSON.stringify(args),
    }),
  );
  const said = text === '' ? [] : [{ type: 'text' as const, text }];
  return [
    {
      type: 'model.responded',
      turn: number,
      message: { role: 'assistant', model: 'p:m', content: [...said, ...parts] },
      stopReason: 'tool_calls',
      usage: NO_USAGE,
      durationMs: 1,
      firstTokenMs: null,
    },
    ...calls.flatMap(({ name, result, isError = false, details = {} }, index): FoldedEvent[] =>
      result === undefined
        ? []
        : [
            {
              type: 'tool.finished',
              turn: number,
              callId: `c${index}`,
              name,
              content: [{ type: 'text', text: result }],
              isError,
              details,
              durationMs: 1,
            },
          ],
    ),
  ];
}

function recallOver(events: FoldedEvent[], redact = (text: string) => text, maxSearchedBytes?: number) {
  const state = fold(events);
  const recall = createRecall({ state: () => state, blobs }, redact, maxSearchedBytes);
  return {
    handle: (handle: string) => recall({ handle, offset: 0 }),
    pattern: (pattern: string) => recall({ pattern, offset: 0 }),
    words: (words: string) => recall({ words, offset: 0 }),
  };
}

describe('recall over a session', () => {
  it('finds prompts, messages with their calls, and results, each under its handle', async () => {
    const recall = recallOver([
      prompt('mend the parser'),
      ...turn(1, 'I look.', [
        { name: 'read_file', args: { path: 'src/a.ts' }, result: 'export {}' },
        { name: 'write_file', args: { path: 'b.ts', content: 'one\ntwo' }, result: 'no space', isError: true },
      ]),
    ]);
    expect((await recall.handle('m1')).text).toBe('mend the parser\n[m1, user message: all 15 characters]');
    expect((await recall.handle('m2')).text).toContain(
      'I look.\n[call m2.1: read_file]\npath: src/a.ts\n[call m2.2: write_file]\npath: b.ts\ncontent:\none\ntwo\n[m2, assistant message, calls read_file, write_file:',
    );
    expect((await recall.handle('m2.1')).text).toContain('export {}\n[m2.1, result of read_file src/a.ts:');
    expect((await recall.handle('m2.2')).text).toContain('[m2.2, failed result of write_file b.ts:');
    expect((await recall.pattern('^two$')).text).toContain('m2 · ');
  });

  it('still finds what a compaction has taken out of view, by the handle that it had, and no handoff in a search', async () => {
    const recall = recallOver([
      prompt('the task'),
      ...turn(1, 'a secret plan', []),
      ...turn(2, 'later', []),
      {
        type: 'compaction.finished',
        trigger: 'turn',
        strategy: 'layered',
        rung: 'ledger',
        tokensBefore: 10,
        tokensAfter: 5,
        actions: [{ type: 'drop', from: 'm2', to: 'm2', items: 1, before: 5, reason: 'old' }],
        handoff: '[handoff] a secret plan was made',
        struck: [],
        usage: NO_USAGE,
        durationMs: 1,
      },
      prompt('go on'),
    ]);
    expect((await recall.handle('m2')).text).toContain('a secret plan\n[m2, assistant');
    expect((await recall.pattern('secret plan')).details).toMatchObject({ matches: 1 });
    expect((await recall.handle('m4')).text).toContain('[handoff] a secret plan was made\n[m4, handoff');
    expect((await recall.handle('m5')).text).toContain('go on');
  });

  it('finds by a search what earlier recalls have brought back only where it was said', async () => {
    const recall = recallOver([
      prompt('the needle'),
      ...turn(1, '', [{ name: 'recall', args: { words: 'needle' }, result: 'm1: the needle' }]),
      ...turn(2, 'more', [{ name: 'recall', args: { pattern: 'needle' }, result: 'm1: the needle' }]),
    ]);
    for (const answer of [await recall.pattern('needle'), await recall.words('needle')]) {
      expect(answer.text.match(/^m\S+ · /gm)).toEqual(['m1 · ']);
    }
    expect((await recall.handle('m2.1')).text).toContain('m1: the needle');
  });

  it('reads the whole of a clipped output, as it was drawn, without secrets, by handle and by search', async () => {
    const output = await blobs.keep(
      Buffer.from(`first\n${'line\n'.repeat(5000)}\x1b[31mke\x1b[0my-123 hidden part\nlast\n`),
    );
    const calls = [{ name: 'shell', args: { command: 'npm test' }, result: 'first\n[…]\nlast', details: { output } }];
    const redact = (text: string) => text.replace('key-123', '[redacted: key]');
    const recall = recallOver([prompt('test'), ...turn(1, '', calls)], redact);
    const found = await recall.pattern('hidden');
    expect(found.text).toContain(`${output} · whole output of m2.1, result of shell npm test`);
    expect(found.text).toContain('5002: [redacted: key] hidden part');
    expect((await recall.words('hidden')).text).toContain(output);
    expect((await recall.handle(output)).text).toContain('first\nline\n');
  });

  it('says what a kept output is that is no text, and that a handle names none', async () => {
    const png = await blobs.keep(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 255]));
    const calls = [{ name: 'fetch', args: {}, result: 'kept', details: { output: png } }];
    const recall = recallOver([prompt('x'), ...turn(1, '', calls)]);
    expect(await recall.handle(png)).toMatchObject({
      isError: true,
      text: expect.stringContaining('PNG image, 11 bytes'),
    });
    expect((await recall.pattern('PNG')).details).toMatchObject({ matches: 0 });
    const unknown = await recall.handle('out-ffffffffff');
    expect(unknown.isError).toBe(true);
    expect(unknown.text).toContain(`Nearest: ${png}`);
  });

  it('searches a clipped result whose whole is not there any more', async () => {
    const calls = [{ name: 'shell', args: {}, result: 'needle', details: { output: 'out-1234567890' } }];
    expect((await recallOver(turn(1, '', calls)).pattern('needle')).text).toContain('m1.1 · ');
  });

  it('reads the newest outputs first and says how many it has not searched', async () => {
    const [old, young] = [await blobs.keep(Buffer.from('needle old')), await blobs.keep(Buffer.from('needle young'))];
    const recall = recallOver(
      [
        ...turn(1, '', [{ name: 'shell', args: {}, result: 'cut', details: { output: old } }]),
        ...turn(2, '', [{ name: 'shell', args: {}, result: 'cut', details: { output: young } }]),
      ],
      undefined,
      5,
    );
    const { text } = await recall.pattern('needle');
    expect(text).toContain('needle young');
    expect(text).toContain('[1 match in 1 item, oldest first; shown 1–1; 1 older output not searched]');
  });

  it('shows broken arguments as they are, and the files of a patch in the title', async () => {
    const patch = '*** Begin Patch\n*** Update File: src/a.ts\n@@\n-a\n+b\n*** End Patch';
    const calls = [
      { name: 'shell', args: '{"command": "broke', result: 'no JSON' },
      { name: 'apply_patch', args: { patch }, result: 'done' },
      { name: 'shell', args: { command: 'x' } },
    ];
    const recall = recallOver(turn(1, '', calls));
    expect((await recall.handle('m1')).text).toContain('[call m1.1: shell]\n{"command": "broke\n[call m1.2');
    expect((await recall.handle('m1.2')).text).toContain('result of apply_patch src/a.ts:');
    expect((await recall.handle('m1.3')).isError).toBe(true);
  });
});
