import { describe, expect, it } from 'vitest';
import { forgeToken, PHASES, phaseEnvironment, refuseCredentials } from './environment.ts';
import { BotError } from './errors.ts';

const ALL = {
  PATH: '/bin',
  HOME: '/home/ada',
  FORGE_READ_TOKEN: 'read-token',
  FORGE_WRITE_TOKEN: 'write-token',
  GITHUB_TOKEN: 'shared-token',
  GH_TOKEN: 'shared-token',
  ANTHROPIC_API_KEY: 'model-key',
  OPENAI_API_KEY: 'other-model-key',
  NPM_TOKEN: 'npm-token',
  DEPLOY_PASSWORD: 'deploy-password',
  DRYDOCK_MODEL: 'openai-chat:local',
};

describe('the environment of a phase', () => {
  it('has its own credentials and no other', () => {
    expect(phaseEnvironment('collect', ALL)).toEqual({
      PATH: '/bin',
      HOME: '/home/ada',
      DRYDOCK_MODEL: 'openai-chat:local',
      FORGE_TOKEN: 'read-token',
    });
    expect(phaseEnvironment('publish', ALL)).toEqual({
      PATH: '/bin',
      HOME: '/home/ada',
      DRYDOCK_MODEL: 'openai-chat:local',
      FORGE_TOKEN: 'write-token',
    });
    expect(phaseEnvironment('work', ALL)).toEqual({
      PATH: '/bin',
      HOME: '/home/ada',
      DRYDOCK_MODEL: 'openai-chat:local',
      ANTHROPIC_API_KEY: 'model-key',
      OPENAI_API_KEY: 'other-model-key',
    });
  });

  it('has the one token of the forge where reading and writing have none of their own', () => {
    const { FORGE_READ_TOKEN: _read, FORGE_WRITE_TOKEN: _write, ...shared } = ALL;
    expect(phaseEnvironment('collect', shared).FORGE_TOKEN).toBe('shared-token');
    expect(phaseEnvironment('publish', shared).FORGE_TOKEN).toBe('shared-token');
  });

  it('is one that the phase itself takes', () => {
    for (const phase of PHASES) expect(() => refuseCredentials(phase, phaseEnvironment(phase, ALL))).not.toThrow();
  });
});

describe('a phase with credentials of another', () => {
  it('is refused, with the names of what it must not have', () => {
    expect(() => refuseCredentials('work', { GITHUB_TOKEN: 'x' })).toThrow(/must not have GITHUB_TOKEN/);
    expect(() => refuseCredentials('work', { FORGE_WRITE_TOKEN: 'x' })).toThrow(BotError);
    expect(() => refuseCredentials('collect', { OPENAI_API_KEY: 'x' })).toThrow(/OPENAI_API_KEY/);
    expect(() => refuseCredentials('publish', { ANTHROPIC_API_KEY: 'x' })).toThrow(/ANTHROPIC_API_KEY/);
  });

  it('is not told what their values are', () => {
    expect(() => refuseCredentials('work', { GH_TOKEN: 'a-secret-value' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('a-secret-value') }),
    );
  });
});

describe('the token of the forge', () => {
  it('is looked for under its own name first', () => {
    expect(forgeToken({ FORGE_TOKEN: 'own', GITHUB_TOKEN: 'other' })).toBe('own');
    expect(forgeToken({ FORGE_TOKEN: '', GH_TOKEN: ' last ' })).toBe('last');
    expect(forgeToken({})).toBeNull();
  });
});
