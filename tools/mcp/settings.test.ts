import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { mcpSection } from './settings.ts';

const section = mcpSection(z.string().transform(Number));
const server = (value: unknown) => section.safeParse({ servers: { s: value } });
const problemOf = (result: z.ZodSafeParseResult<unknown>) => {
  const issue = result.error?.issues[0];
  return `${issue?.path.join('.')} ${issue?.message}`;
};

describe('the settings of MCP servers', () => {
  it('have defaults', () => {
    const common = { timeoutMs: 60_000, startTimeoutMs: 30_000, required: false, tools: null, exclude: [] };
    const servers = { b: { command: ['run'] }, a: { url: 'https://example.com/mcp' } };
    expect(section.parse({ servers })).toEqual([
      { name: 'a', transport: { kind: 'http', url: 'https://example.com/mcp', headers: {} }, ...common },
      { name: 'b', transport: { kind: 'stdio', command: ['run'], env: {}, cwd: null }, ...common },
    ]);
  });

  it.each([
    [{}, 'servers.s needs one of command and url'],
    [{ command: ['a'], url: 'https://example.com' }, 'servers.s needs one of command and url'],
    [{ command: 'npx server' }, 'servers.s.command is no list of words'],
    [{ command: [] }, 'servers.s.command is empty'],
    [{ comand: ['a'] }, 'servers.s has no "comand". Did you mean command?'],
    [{ command: ['a'], headers: {} }, 'servers.s has headers, which only a url takes'],
    [{ url: 'https://example.com', env: {} }, 'servers.s has env or cwd'],
    [{ url: 'file:///x' }, 'servers.s has a url that is no URL that begins with'],
    [{ url: 'https://ada:secret@example.com' }, 'servers.s has a url that holds a name or password'],
    [{ url: 'http://example.com', headers: { a: { env: 'T' } } }, 'would send its headers unencrypted'],
    [{ url: 'https://example.com', headers: { a: 'Bearer secret' } }, 'servers.s.headers.a names neither a variable'],
    [
      { url: 'https://example.com', headers: { a: { env: 'T', file: '/t' } } },
      'servers.s.headers.a needs one of env and file',
    ],
    [{ url: 'https://example.com', headers: { a: { file: 't' } } }, 'servers.s.headers.a.file is no absolute path'],
    [{ command: ['a'], required: 'yes' }, 'servers.s.required is neither true nor false'],
  ])('refuse %j', (value, problem) => {
    expect(problemOf(server(value))).toContain(problem);
  });

  it('take headers over plain HTTP on the loopback only', () => {
    expect(server({ url: 'http://127.0.0.1:3001/mcp', headers: { a: { env: 'T' } } }).success).toBe(true);
  });

  it('refuse so many servers that commands would have no lane', () => {
    const servers = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`s${index}`, { command: ['a'] }]));
    expect(problemOf(section.safeParse({ servers }))).toContain('more than 8 servers');
  });
});
