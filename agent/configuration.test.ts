import { describe, expect, it } from 'vitest';
import { NO_RULES } from '../test/no-rules.ts';
import { type AgentConfiguration, configurationDigest, configurationOf } from './configuration.ts';
import { guardOf } from './guard/schema.ts';
import { policyOf, policySchema } from './policy/rules.ts';
import { systemPrompt } from './prompt.ts';
import { digestible } from './rules.ts';

const configuration: AgentConfiguration = {
  model: 'openai:m',
  reasoningEffort: null,
  editTool: 'edit',
  tools: ['shell', 'edit'],
  promptTemplate: 'You are Drydock.',
  sandbox: { backend: 'docker', image: null, network: 'none' },
  skills: [],
  limits: { maxTurns: 9, maxCostUsd: null, timeoutMs: null, verify: null, verifyAttempts: 1 },
  rules: digestible(NO_RULES),
};

it('a session has the configuration of its model, however it came to it, and whatever the instructions say', () => {
  const facts = {
    workspace: '/w',
    prefix: '',
    backend: 'docker',
    network: 'none',
    allow: [],
    verify: null,
    skills: null,
  } as const;
  const { model, reasoningEffort, editTool, tools, sandbox, limits, rules = digestible(NO_RULES) } = configuration;
  const settings = { model, reasoningEffort, editTool, tools };
  const of = (instructions: { path: string; text: string; truncated: boolean }[]) =>
    configurationOf(
      {
        sandbox: { backend: 'docker', image: null, network: 'none', workspace: '/w' },
        limits,
        rules,
        instructions,
        system: systemPrompt({ ...facts, instructions }),
      },
      settings,
    );
  const template = systemPrompt({ ...facts, instructions: [] });
  expect(of([])).toEqual({ ...settings, sandbox, limits, rules, promptTemplate: template, skills: [] });
  expect(of([{ path: 'AGENTS.md', text: 'Cost: $& or $1.', truncated: false }])).toEqual(of([]));
});

it('depends on the digests of the skills, and not on where they lie', () => {
  const facts = { workspace: '/w', prefix: '', backend: 'host', network: 'full', allow: [], verify: null } as const;
  const { model, reasoningEffort, editTool, tools, limits } = configuration;
  const digest = (folder: string, own: string) => {
    const skill = { name: 'a', description: '$& one.', origin: 'user', folder: '/home/a', digest: own } as const;
    const skills = { folder, list: [skill] };
    const system = systemPrompt({ ...facts, instructions: [], skills });
    const sandbox = { backend: 'host', image: null, network: 'full', workspace: '/w' } as const;
    const created = { sandbox, limits, instructions: [], skills, system };
    return configurationDigest(configurationOf(created, { model, reasoningEffort, editTool, tools }));
  };
  expect(digest('/tmp/x', '1')).toBe(digest('/tmp/y', '1'));
  expect(digest('/tmp/x', '1')).not.toBe(digest('/tmp/x', '2'));
});

describe('a configuration digest', () => {
  it('does not depend on the order in which keys were written', () => {
    const backwards = Object.fromEntries(Object.entries(configuration).reverse());
    const reordered: AgentConfiguration = {
      ...configuration,
      ...backwards,
      sandbox: { network: 'none', image: null, backend: 'docker' },
    };
    expect(JSON.stringify(reordered.sandbox)).not.toBe(JSON.stringify(configuration.sandbox));
    expect(configurationDigest(reordered)).toBe(configurationDigest(configuration));
    expect(configurationDigest(configuration)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('changes with whatever shapes what the model sees or may do', () => {
    const { limits, sandbox } = configuration;
    const changed: Partial<AgentConfiguration>[] = [
      { model: 'openai:n' },
      { reasoningEffort: 'high' },
      { editTool: 'apply_patch' },
      { tools: ['edit', 'shell'] },
      { promptTemplate: 'You are Drydock' },
      { sandbox: { ...sandbox, network: 'full' } },
      { sandbox: { ...sandbox, image: 'debian' } },
      { limits: { ...limits, maxTurns: 10 } },
      { rules: digestible({ ...NO_RULES, policy: policyOf(policySchema.parse({ deny: ['shell(rm)'] })) }) },
      { rules: digestible({ ...NO_RULES, guard: guardOf({ redact: false }) }) },
      { limits: { ...limits, verify: 'npm test' } },
    ];
    const digests = [{}, ...changed].map((change) => configurationDigest({ ...configuration, ...change }));
    expect(new Set(digests).size).toBe(digests.length);
  });
});
