import { describe, expect, it } from 'vitest';
import { UsageError } from './errors.ts';
import { openForge } from './forge.ts';

const TOKEN = { GITHUB_TOKEN: 'a-token' };

/** What git talks to, which gets the token. */
function remoteOf(options: { api?: string; remote?: string }, env: Record<string, string> = {}): string {
  return openForge({ repository: 'octo/hello', ...options }, { ...TOKEN, ...env }).forge.remote.url;
}

describe('the remote of a repository on GitHub', () => {
  it.each([
    ['https://api.github.com', 'https://github.com/octo/hello.git'],
    ['https://ghe.example.org/api/v3', 'https://ghe.example.org/octo/hello.git'],
    ['https://ghe.example.org:8443/api/v3/', 'https://ghe.example.org:8443/octo/hello.git'],
    ['https://api.octo.ghe.com', 'https://octo.ghe.com/octo/hello.git'],
  ])('whose API is %s is %s, whatever the environment says', (api, remote) => {
    expect(remoteOf({ api })).toBe(remote);
    expect(remoteOf({ api }, { GITHUB_SERVER_URL: 'https://other.example.org' })).toBe(remote);
    expect(remoteOf({}, { GITHUB_API_URL: api })).toBe(remote);
  });

  it('is github.com’s where nothing is said', () => {
    expect(remoteOf({})).toBe('https://github.com/octo/hello.git');
  });

  it.each([
    'https://api.example.org',
    'https://ghe.example.org',
    'https://example.org/github/api/v3',
    'http://127.0.0.1:8080',
  ])('has to be said where it does not follow from the API %s: no other host gets the token', (api) => {
    const refused = expect.objectContaining({ message: expect.stringContaining(api), hint: 'give --remote URL' });
    expect(() => remoteOf({ api })).toThrow(UsageError);
    expect(() => remoteOf({ api })).toThrow(refused);
    expect(() => remoteOf({ api }, { GITHUB_SERVER_URL: 'https://github.com' })).toThrow(refused);
    expect(() => remoteOf({}, { GITHUB_API_URL: api })).toThrow(refused);
  });

  it('is on the server that the environment says where that is the API’s host', () => {
    const env = { GITHUB_SERVER_URL: 'http://127.0.0.1:8080/' };
    expect(remoteOf({ api: 'http://127.0.0.1:8080/v3' }, env)).toBe('http://127.0.0.1:8080/octo/hello.git');
  });

  it('is on the server of a job of Actions, whose environment says both', () => {
    const env = { GITHUB_API_URL: 'https://api.example.org', GITHUB_SERVER_URL: 'https://example.org' };
    expect(remoteOf({}, env)).toBe('https://example.org/octo/hello.git');
  });

  it('is refused in one line where the environment’s API is no address', () => {
    expect(() => remoteOf({}, { GITHUB_API_URL: 'api.example.org' })).toThrow(UsageError);
    expect(remoteOf({}, { GITHUB_API_URL: '' })).toBe('https://github.com/octo/hello.git');
  });

  it('is what was said, on whatever host', () => {
    const said = { api: 'https://api.example.org', remote: 'https://git.example.org/hello.git' };
    expect(remoteOf(said, { GITHUB_SERVER_URL: 'https://github.com' })).toBe(said.remote);
  });
});
