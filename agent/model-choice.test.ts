import { describe, expect, it } from 'vitest';
import { ModelConfigError } from '../models/index.ts';
import type { CurrentModel } from '../session/index.ts';
import { checkCompaction, checkCost, checkSight, chooseModel, wishesOf } from './model-choice.ts';
import { type Layer, resolveSettings } from './settings/index.ts';

const CURRENT: CurrentModel = {
  model: 'openai-chat:local',
  contextWindow: 9000,
  reasoningEffort: 'max',
  editTool: 'edit',
};

const layer = (kind: Layer['kind'], values: Layer['values']): Layer => ({ kind, where: '', values });

/** What a run (`current` null) or a resumed one chooses. */
function choose(current: CurrentModel | null, ...layers: Layer[]) {
  const wishes = wishesOf(resolveSettings(layers), current !== null);
  return chooseModel(wishes, current, () => 'anthropic:claude-opus-5');
}

describe('the model of a new run', () => {
  it('is the one that is said, else the one whose key is there', () => {
    expect(choose(null, layer('user', { model: 'openai:gpt-6-sol' })).model.id).toBe('openai:gpt-6-sol');
    expect(choose(null)).toMatchObject({ model: { id: 'anthropic:claude-opus-5' }, effort: null, fallback: null });
  });

  it('has the effort that was asked for, or it is refused; a habit gives way to the nearest', () => {
    const opus = { model: 'anthropic:claude-opus-4-6' };
    expect(() => choose(null, layer('flags', { ...opus, effort: 'xhigh' }))).toThrow(ModelConfigError);
    expect(() => choose(null, layer('environment', { ...opus, effort: 'xhigh' }))).toThrow(ModelConfigError);
    expect(choose(null, layer('user', { effort: 'xhigh' }), layer('flags', opus)).effort).toBe('high');
  });
});

describe('the model of a resumed run', () => {
  it('is the session’s, with its window and effort, whatever files and the environment say', () => {
    const said = { model: 'openai:gpt-6-sol', contextWindow: '5000', effort: 'low' };
    const chosen = choose(CURRENT, layer('user', said), layer('environment', said));
    expect(chosen).toMatchObject({ model: { id: 'openai-chat:local', contextWindow: 9000 }, effort: 'max' });
  });

  it('is another where a flag says so, with its own window and the nearest effort', () => {
    const moved = choose(CURRENT, layer('flags', { model: 'anthropic:claude-haiku-4-5' }));
    expect(moved).toMatchObject({ model: { contextWindow: 200_000 }, effort: 'max' });
    const named = choose(CURRENT, layer('flags', { model: 'openai-chat/local', effort: 'low' }));
    expect(named).toMatchObject({ model: { contextWindow: 9000 }, effort: 'low' });
    expect(() => choose(CURRENT, layer('flags', { model: 'openai-chat:other' }))).toThrow(/--context-window/);
  });
});

describe('the fallback', () => {
  it('is any that is known, with its own window, or one with the window that is said', () => {
    const flags = { model: 'openai-chat:local', contextWindow: '9000' };
    const windowOf = (fallback: string) => choose(null, layer('flags', { ...flags, fallback })).fallback?.contextWindow;
    expect(windowOf('anthropic:claude-haiku-4-5')).toBe(200_000);
    expect(windowOf('openai-chat:other')).toBe(9000);
    expect(() => choose(null, layer('flags', { fallback: 'openai:gpt-6-sool' }))).toThrow(/nearest known model/);
  });

  it('that is the model itself is none, which is told', () => {
    const chosen = choose(CURRENT, layer('user', { fallback: 'openai-chat/local' }));
    expect(chosen).toMatchObject({
      fallback: null,
      notes: ['note: openai-chat:local is at work itself, so it is no fallback'],
    });
  });
});

it('a limit in dollars needs the price of both models, and images a model that sees them', () => {
  const flags = { model: 'openai-chat:local', contextWindow: '9000' };
  const chosen = choose(null, layer('flags', { ...flags, fallback: 'openai:gpt-6-sol' }));
  const other = choose(null, layer('flags', { ...flags, model: 'openai:gpt-6-sol', fallback: 'openai-chat:local' }));
  for (const choice of [chosen, other]) {
    expect(() => checkCost(choice, 1)).toThrow(/the price of openai-chat:local is unknown/);
    expect(() => checkCost(choice, null)).not.toThrow();
  }
  expect(() => checkSight(chosen, ['an image'])).toThrow(/--attach: openai-chat:local cannot see images/);
  expect(() => checkSight(chosen, [])).not.toThrow();
  expect(() => checkSight(other, ['an image'])).not.toThrow();
});

it('a history that the provider is to shorten goes to no model whose provider cannot', () => {
  const local = { contextWindow: '9000' };
  const chosen = choose(null, layer('flags', { model: 'openai-chat:local', ...local }));
  const behind = choose(null, layer('flags', { model: 'openai:gpt-6-sol', fallback: 'openai-chat:local', ...local }));
  const able = choose(null, layer('flags', { model: 'openai:gpt-6-sol', fallback: 'anthropic:claude-opus-5' }));
  for (const choice of [chosen, behind]) {
    expect(() => checkCompaction(choice, 'native')).toThrow(ModelConfigError);
    expect(() => checkCompaction(choice, 'native')).toThrow(/openai-chat:local cannot .*--compaction layered$/);
    expect(() => checkCompaction(choice, 'layered')).not.toThrow();
  }
  expect(() => checkCompaction(able, 'native')).not.toThrow();
});
