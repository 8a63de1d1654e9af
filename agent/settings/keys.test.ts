import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keysSchema, modelFor, withKey } from './keys.ts';

const home = mkdtempSync(join(tmpdir(), 'drydock-keys-'));
afterAll(() => rmSync(home, { recursive: true }));
const env = { HOME: home, PATH: process.env.PATH };

function keyFile(name: string, text: string, mode = 0o600): string {
  const path = join(home, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('a key', () => {
  it('comes from the environment first; then nothing is read or run', async () => {
    const set = { ...env, OPENAI_API_KEY: 'from-env' };
    expect(await withKey(set, { openai: { command: `touch ${home}/ran; echo k` } }, 'openai')).toBe(set);
    expect(() => rmSync(join(home, 'ran'))).toThrow('ENOENT');
  });

  it('comes from a file, below the home too', async () => {
    keyFile('key', 'secret\n');
    expect(await withKey(env, { anthropic: { file: '~/key' } }, 'anthropic')).toMatchObject({
      ANTHROPIC_API_KEY: 'secret',
    });
  });

  it('comes from a command', async () => {
    const keys = { openai: { command: 'printf %s "$HOME"' } };
    expect(await withKey(env, keys, 'openai-chat')).toMatchObject({ OPENAI_API_KEY: home });
  });

  it.each([
    ['a file that its group can read', () => ({ file: keyFile('group', 'secret', 0o640) }), /others on this machine/],
    ['a file that its group can write', () => ({ file: keyFile('write', 'secret', 0o620) }), /others on this machine/],
    [
      'a file that all can read',
      () => ({ file: keyFile('all', 'secret', 0o604) }),
      /others on this machine can get at/,
    ],
    ['a file that is not there', () => ({ file: join(home, 'none') }), /cannot be read: ENOENT/],
    ['a folder', () => ({ file: home }), /is no key file/],
    ['an empty file', () => ({ file: keyFile('empty', '\n') }), /gave nothing/],
    ['a file of several words', () => ({ file: keyFile('words', 'a\nb\n') }), /more than one word/],
    ['a command that fails', () => ({ command: 'echo secret; exit 3' }), /ended with exit code 3/],
    ['a command that prints too much', () => ({ command: 'yes' }), /printed too much for a key/],
  ])('is not taken from %s', async (_, source, message) => {
    const failed = await withKey(env, { anthropic: source() }, 'anthropic').catch((error: unknown) => error);
    expect(String(failed)).toMatch(message);
    expect(String(failed)).not.toContain('secret ');
  });

  it('cannot stand in the settings themselves', () => {
    expect(keysSchema.safeParse({ openai: 'sk-1' }).success).toBe(false);
    expect(keysSchema.safeParse({ openai: { file: 'a', command: 'b' } }).success).toBe(false);
    expect(keysSchema.safeParse({ google: { file: 'a' } }).success).toBe(false);
  });
});

it('the model of a run that names none is of the provider whose key is known', () => {
  expect(modelFor(env, { openai: { file: 'k' } })).toMatch(/^openai:/);
  expect(modelFor({ ...env, ANTHROPIC_API_KEY: 'x' }, { openai: { file: 'k' } })).toMatch(/^anthropic:/);
  expect(() => modelFor(env, undefined)).toThrow('no model to use');
});
