import { describe, expect, it } from 'vitest';
import { withCost } from './cost.ts';
import { createModel, defaultModel, knownModels, ModelConfigError, resolveModel } from './index.ts';

describe('resolveModel', () => {
  it('knows every model of the catalogue, with window, output and prices', () => {
    for (const name of knownModels()) {
      const model = resolveModel(name);
      expect(model).toMatchObject({ id: name, known: true });
      expect(model.maxOutputTokens).toBeLessThan(model.contextWindow);
    }
  });

  it('takes provider/name too, and OpenAI models over Chat Completions', () => {
    expect(resolveModel('anthropic/claude-opus-5-5').id).toBe('anthropic:claude-opus-5-5');
    expect(resolveModel('openai-chat:gpt-6-luna')).toMatchObject({ provider: 'openai-chat', known: true });
  });

  it('keeps colons and slashes in the name of a served model', () => {
    const model = resolveModel('openai-chat:qwen/qwen3-coder:30b', { contextWindow: 32_768 });
    expect(model).toMatchObject({ id: 'openai-chat:qwen/qwen3-coder:30b', name: 'qwen/qwen3-coder:30b', prices: null });
  });

  it.each([
    ['claude-sonet-5-5', /not of the form provider:name; the nearest known model is anthropic:claude-sonnet-5-5/],
    ['', /not of the form provider:name/],
    ['openai:', /not of the form provider:name/],
    ['google:gemini', /unknown provider 'google'.*anthropic, openai, openai-chat/],
    ['openai:gpt-6.1-soll', /unknown model.*openai:gpt-6.1-sol\..*--context-window/],
    ['openai:constructor', /unknown model/],
  ])("'%s' is refused with one line and a way out", (name, message) => {
    expect(() => resolveModel(name)).toThrow(ModelConfigError);
    expect(() => resolveModel(name)).toThrow(message);
  });

  it('lets the user correct a known model', () => {
    expect(resolveModel('openai:gpt-6-sol', { contextWindow: 10_000 })).toMatchObject({
      contextWindow: 10_000,
      known: true,
    });
  });
});

describe('defaultModel', () => {
  it('is a model of the provider whose key is there', () => {
    expect(resolveModel(defaultModel({ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' })).provider).toBe('anthropic');
    expect(resolveModel(defaultModel({ OPENAI_API_KEY: 'k' })).provider).toBe('openai');
    expect(resolveModel(defaultModel({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' })).provider).toBe('openai');
  });

  it('says what to set where there is none', () => {
    expect(() => defaultModel({ ANTHROPIC_API_KEY: '' })).toThrow(
      /ANTHROPIC_API_KEY or OPENAI_API_KEY.*OPENAI_BASE_URL/,
    );
  });
});

describe('createModel', () => {
  it.each([
    ['anthropic:claude-opus-5-5', {}, /set ANTHROPIC_API_KEY/],
    ['openai:gpt-6-sol', { ANTHROPIC_API_KEY: 'k' }, /set OPENAI_API_KEY, or OPENAI_BASE_URL/],
    ['openai-chat:gpt-6-sol', { OPENAI_BASE_URL: 'localhost' }, /OPENAI_BASE_URL is not a URL/],
    [
      'openai-chat:gpt-6-sol',
      { OPENAI_BASE_URL: 'http://me:hidden@host/v1' },
      /^(?!.*hidden).*holds a user name or password/,
    ],
  ])('%s without its key names the variable', async (name, env, message) => {
    await expect(createModel(resolveModel(name), env)).rejects.toThrow(message);
  });
});

describe('the cost of a request', () => {
  const tokens = { outputTokens: 1000, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
  it('is at the higher rates as a whole once the input passes the long-context bound', () => {
    const { prices } = resolveModel('openai:gpt-6-sol');
    expect(withCost({ ...tokens, inputTokens: 272_000 }, prices).costUsd).toBeCloseTo(0.272 * 2 + 0.01, 10);
    expect(withCost({ ...tokens, inputTokens: 272_001 }, prices).costUsd).toBeCloseTo(0.272001 * 4 + 0.015, 10);
  });

  it('is unknown without prices', () => {
    expect(withCost({ ...tokens, inputTokens: 1 }, null).costUsd).toBeNull();
  });
});
