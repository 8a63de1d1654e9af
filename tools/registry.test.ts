import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SandboxError } from '../sandbox/index.ts';
import { makeToolContext, textOf } from '../test/tool-context.ts';
import { defaultTools, readCall, runToolCall } from './registry.ts';
import { textResult } from './result.ts';
import { toolSpecs } from './schema.ts';
import type { Tool } from './tool.ts';

const { context, close } = await makeToolContext();
await close();

const ran: unknown[] = [];
const probe: Tool<{ text: string; count?: number | undefined; tags?: { name: string }[] | undefined }> = {
  name: 'probe',
  description: 'For tests.',
  input: z.strictObject({
    text: z.string(),
    count: z.int().optional(),
    tags: z.array(z.strictObject({ name: z.string() })).optional(),
  }),
  touches: 'nothing',
  run: async (input) => {
    ran.push(input);
    if (input.text === 'crash') throw new TypeError('x is undefined');
    if (input.text === 'lost') throw new SandboxError('lost', 'the container is gone');
    return textResult(`ok ${input.text}`);
  },
};

const call = (name: string, args: string, tools: readonly Tool[] = [probe]) =>
  runToolCall(tools, { type: 'tool_call', id: '1', name, arguments: args }, context);

const refused = async (name: string, args: string, tools?: readonly Tool[]): Promise<string> => {
  ran.length = 0;
  const result = await call(name, args, tools);
  expect([result.isError, ran]).toEqual([true, []]);
  return textOf(result);
};

describe('runToolCall', () => {
  it('runs a tool with its parsed arguments', async () => {
    expect(textOf(await call('probe', '{"text":"a"}'))).toBe('ok a');
  });

  it('lists the tools, and the nearest, for an unknown name', async () => {
    expect(await refused('prob', '{}')).toBe("There is no tool 'prob'. Did you mean probe? Tools: probe.");
    expect(await refused('something_else', '{}')).toBe("There is no tool 'something_else'. Tools: probe.");
  });

  it.each(['{"text":"rm -rf /tm', '{"text":', '{', '{"text":"a"'])(
    'does not run arguments that were cut off: %s',
    async (args) => {
      const text = await refused('probe', args);
      expect(text).toContain(`at character ${args.length} of ${args.length}`);
      expect(text).toContain('cut off');
    },
  );

  it('does not run arguments that are nested without end', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(await refused('probe', `{"text":"a","tags":${deep}}`)).toContain('nested more than 200 deep');
  });

  it('says where JSON is broken', async () => {
    expect(await refused('probe', '{"text":"a",}')).toContain('at character 12 of 13, after: {"text":"a",');
  });

  it('says which arguments do not fit, in short lines', async () => {
    expect(await refused('probe', '{"count":"3","tags":[{"name":1}],"more":1}')).toBe(
      [
        'The arguments of probe do not fit:',
        'text: Invalid input: expected string, received undefined',
        'count: Invalid input: expected number, received string',
        'tags[0].name: Invalid input: expected string, received number',
        'arguments: Unrecognized key: "more"',
      ].join('\n'),
    );
    expect(await refused('probe', '[]')).toContain('expected object, received array');
  });

  it('takes null for an optional argument as absent', async () => {
    expect((await call('probe', '{"text":"a","count":null}')).isError).toBe(false);
  });

  it('turns a crash of a tool into a result', async () => {
    const result = await call('probe', '{"text":"crash"}');
    expect([result.isError, textOf(result)]).toEqual([true, 'probe failed: x is undefined']);
  });

  it('gives well-formed text, wherever a tool cut it', async () => {
    const half = '😀'.slice(0, 1);
    const texts = [
      textOf(await call('probe', JSON.stringify({ text: half }))),
      textOf(await call(`${half}unknown`, '{}')),
      textOf(await call('probe', `{"text":"😀${'x'.repeat(39)}`)),
    ];
    expect(texts.map((text) => text.isWellFormed())).toEqual([true, true, true]);
  });

  it('lets the loss of the sandbox through', async () => {
    await expect(call('probe', '{"text":"lost"}')).rejects.toThrow(SandboxError);
  });
});

describe('a NUL in what becomes a path or a command', () => {
  const marker = (line: string) => ({ input: `*** Begin Patch\n${line}\n*** End Patch` });
  it.each([
    ['shell', { command: 'echo a\0b' }],
    ['shell', { command: 'ls', workdir: 'a\0b' }],
    ['read_file', { path: '.e\0nv' }],
    ['write_file', { path: '.e\0nv', content: '' }],
    ['edit', { path: '.e\0nv', edits: [{ old: 'a', new: 'b' }] }],
    ['search', { pattern: 'a\0b' }],
    ['search', { pattern: 'a', path: '.e\0nv' }],
    ['search', { pattern: 'a', glob: '.e\0nv' }],
    ['list_files', { path: '.e\0nv' }],
    ['apply_patch', marker('*** Add File: .e\0nv\n+x')],
    ['apply_patch', marker('*** Delete File: .e\0nv')],
    ['apply_patch', marker('*** Update File: a\n*** Move to: .e\0nv')],
  ])('is refused by %s, and the model told: %j', async (name, input) => {
    const tools = name === 'apply_patch' ? defaultTools('apply_patch') : defaultTools('edit');
    expect(await refused(name, JSON.stringify(input), tools)).toContain('holds a NUL character');
  });

  it('is content like any other in what a file is to hold', () => {
    const input = JSON.stringify({ path: 'a', content: '\0' });
    expect(readCall(defaultTools('edit'), { name: 'write_file', arguments: input })).not.toHaveProperty('refusal');
  });
});

describe('toolSpecs', () => {
  it.each(['apply_patch', 'edit'] as const)('costs at most 1,400 tokens with %s, at 4 bytes per token', (editTool) => {
    expect(Buffer.byteLength(JSON.stringify(toolSpecs(defaultTools(editTool)))) / 4).toBeLessThanOrEqual(1400);
  });

  it('offers one way to edit, and write_file', () => {
    const names = (editTool: 'apply_patch' | 'edit') => defaultTools(editTool).map((tool) => tool.name);
    expect(names('edit')).toEqual([
      'shell',
      'process',
      'read_file',
      'write_file',
      'edit',
      'search',
      'list_files',
      'update_plan',
    ]);
    expect(names('apply_patch')).toContain('apply_patch');
    expect(names('apply_patch')).not.toContain('edit');
  });

  it('is a lean JSON schema of an object', () => {
    const [spec] = toolSpecs([probe]);
    expect(spec?.parameters).toEqual({
      type: 'object',
      properties: {
        text: { type: 'string' },
        count: { type: 'integer' },
        tags: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' } },
            required: ['name'],
            additionalProperties: false,
          },
        },
      },
      required: ['text'],
      additionalProperties: false,
    });
  });

  it('is the same, byte for byte, each time', () => {
    expect(JSON.stringify(toolSpecs(defaultTools('edit')))).toBe(JSON.stringify(toolSpecs(defaultTools('edit'))));
  });
});
