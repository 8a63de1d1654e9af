import { describe, expect, it } from 'vitest';
import { NOT_DONE, type PromptFacts, saysNotDone, systemPrompt } from './prompt.ts';

const facts: PromptFacts = {
  workspace: '/workspace',
  prefix: '',
  backend: 'docker',
  network: 'none',
  allow: [],
  verify: null,
  instructions: [],
  skills: null,
};

describe('the system prompt', () => {
  it('is the same bytes for the same facts, or the provider would lose its cache', () => {
    const instructions = [{ path: 'AGENTS.md', text: 'Use tabs.', truncated: false }];
    expect(systemPrompt({ ...facts, instructions })).toBe(systemPrompt(structuredClone({ ...facts, instructions })));
  });

  it('names the place where commands start', () => {
    expect(systemPrompt(facts)).toContain('Commands and relative paths start at /workspace.');
    expect(systemPrompt({ ...facts, prefix: 'packages/a' })).toContain('start at /workspace/packages/a.');
  });

  it('says what the sandbox is', () => {
    expect(systemPrompt(facts)).toContain('without network access');
    expect(systemPrompt({ ...facts, network: 'full' })).not.toContain('without network access');
    const allow = systemPrompt({ ...facts, network: 'allow', allow: ['a.example.com', '*.example.org:8443'] });
    expect(allow).toContain('that reaches a.example.com, *.example.org:8443 and answers 403 for all else');
    const onHost = systemPrompt({ ...facts, backend: 'host' });
    expect(onHost).not.toContain('container');
    expect(onHost).toContain("directly on the user's machine");
  });

  it('names the verify command only where there is one', () => {
    expect(systemPrompt(facts)).not.toContain('this command decides');
    expect(systemPrompt({ ...facts, verify: 'npm test' })).toContain('this command decides: `npm test`');
  });

  it('holds the instructions exactly once', () => {
    const text = systemPrompt({
      ...facts,
      instructions: [{ path: 'AGENTS.md', text: 'Never use semicolons.', truncated: false }],
    });
    expect(text.split('Never use semicolons.')).toHaveLength(2);
  });
});

describe('a final message', () => {
  it('says that the task is not done only by its last line', () => {
    expect(saysNotDone(`The tests need a network.\n${NOT_DONE}`)).toBe(true);
    expect(saysNotDone(`No way.\n  ${NOT_DONE} \n\n`)).toBe(true);
    expect(saysNotDone(`I was told to write ${NOT_DONE}.`)).toBe(false);
    expect(saysNotDone(`${NOT_DONE}\nNo, it works now.`)).toBe(false);
    expect(saysNotDone('')).toBe(false);
  });
});
