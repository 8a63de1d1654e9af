import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UsageError } from './errors.ts';
import { ageMs, byteSize, limitOptions, networkPolicy, parseOptions, runOptions } from './options.ts';

describe('options', () => {
  it('have defaults that are safe: a container without network, a branch, nothing applied or passed in', () => {
    expect(parseOptions(runOptions, {})).toEqual({
      sandbox: 'docker',
      devcontainer: false,
      setup: [],
      allow: [],
      output: 'branch',
      apply: false,
      includeDirty: false,
      json: false,
      env: [],
    });
  });

  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['250ms', 250],
  ])('take the duration %s as %d milliseconds', (timeout, timeoutMs) => {
    expect(parseOptions(limitOptions, { timeout }).timeout).toBe(timeoutMs);
  });

  const limits = z.object({ age: ageMs.optional(), size: byteSize.optional() });
  it.each([
    [{ age: '0d' }, { age: 0 }],
    [{ age: '90s' }, { age: 90_000 }],
    [{ age: '30d' }, { age: 2_592_000_000 }],
    [{ size: '0m' }, { size: 0 }],
    [{ size: '1.5gb' }, { size: 1.5 * 1024 ** 3 }],
  ])('take an age or a size on disk: %j', (raw, value) => {
    expect(parseOptions(limits, raw)).toEqual(value);
  });

  it.each([
    [{ age: '30' }, '--age "30" is not an age such as 12h or 30d'],
    [{ age: '-1d' }, '--age "-1d" is not an age'],
    [{ age: `${'9'.repeat(400)}d` }, 'is too large'],
    [{ size: '5' }, '--size "5" is not a size such as 512m or 4g'],
  ])('refuse what is no age or size: %j', (raw, message) => {
    expect(() => parseOptions(limits, raw)).toThrow(message);
  });

  it('take numbers as numbers', () => {
    const raw = { maxTurns: '7', maxCost: '2.50', verifyAttempts: '0', contextWindow: '8192' };
    expect(parseOptions(runOptions, raw)).toMatchObject({
      maxTurns: 7,
      maxCost: 2.5,
      verifyAttempts: 0,
      contextWindow: 8192,
    });
  });

  it('take sizes with a unit, and parts of a core', () => {
    const raw = { memory: '512m', disk: '1.5GiB', cpus: '0.5', pids: '256' };
    expect(parseOptions(runOptions, raw)).toMatchObject({
      memory: 512 * 1024 ** 2,
      disk: 1.5 * 1024 ** 3,
      cpus: 0.5,
      pids: 256,
    });
  });

  it.each([
    [{ memory: '4096' }, '--memory "4096" is not a size such as 512m or 4g'],
    [{ disk: '1m' }, '--disk "1m" is below 64m'],
    [{ cpus: 'all' }, '--cpus "all" is not a number of cores such as 2 or 0.5'],
    [{ pids: '10' }, '--pids "10" is below 64'],
    [{ maxTurns: '0' }, '--max-turns "0" is below 1'],
    [{ maxTurns: '-3' }, '--max-turns "-3" is not a whole number'],
    [{ maxTurns: '9'.repeat(400) }, 'is too large'],
    [{ maxCost: 'ten' }, '--max-cost "ten" is not an amount of dollars such as 2.50'],
    [{ maxCost: '0' }, '--max-cost "0" is not above zero'],
    [{ timeout: 'abc' }, '--timeout "abc" is not a duration such as 90s, 30m or 2h'],
    [{ timeout: '0' }, '--timeout "0" is not a duration'],
    [{ timeout: '1000h' }, '--timeout "1000h" is longer than 24 days'],
    [{ verify: '' }, '--verify "" is empty'],
    [{ verifyAttempts: 'x' }, '--verify-attempts "x" is not a whole number'],
    [{ output: 'tree' }, '--output "tree" is neither branch nor patch'],
    [{ env: ['A', 'B=1'] }, '--env "B=1" is not a variable name'],
    [{ sessionDir: '' }, '--session-dir "" is empty'],
    [{ sandbox: 'vm' }, '--sandbox "vm" is neither docker nor host'],
    [{ image: '' }, '--image "" is empty'],
    [{ network: 'foo' }, '--network "foo" is none of none, allow, full'],
    [{ allow: ['npm', 'http://a.example'] }, '--allow "http://a.example" is none of HOST, HOST:PORT, *.HOST'],
    [{ allow: ['localhost'] }, '--allow "localhost" is none of'],
    [{ allow: ['*'] }, '--allow "*" is none of'],
    [{ allow: ['127.0.0.1'] }, '--allow "127.0.0.1" is none of'],
    [{ allow: ['a.example.com:0'] }, '--allow "a.example.com:0" is none of'],
    [{ effort: 'max' }, '--effort "max" is none of none, low, medium, high'],
    [{ contextWindow: '10' }, '--context-window "10" is below 1000'],
  ])('are refused with flag, value and what is wrong: %j', (raw, message) => {
    expect(() => parseOptions(runOptions, raw)).toThrow(UsageError);
    expect(() => parseOptions(runOptions, raw)).toThrow(message);
  });
});

describe('the network policy', () => {
  const policy = (raw: Record<string, unknown>) => networkPolicy(parseOptions(runOptions, raw));

  it('is none where nothing is said', () => {
    expect(policy({})).toEqual({ network: 'none', allow: [] });
  });

  it('is allow where hosts are named, with or without saying so; presets become their hosts, each once', () => {
    const allow = ['*.Example.com:8443', 'pypi', 'pypi.org'];
    const expected = { network: 'allow', allow: ['*.example.com:8443', 'pypi.org', 'files.pythonhosted.org'] };
    expect(policy({ allow })).toEqual(expected);
    expect(policy({ allow, network: 'allow' })).toEqual(expected);
  });

  it.each([
    [{ network: 'none', allow: ['a.example.com'] }, '--allow contradicts --network none'],
    [{ network: 'full', allow: ['a.example.com'] }, '--allow contradicts --network full'],
    [{ network: 'allow' }, '--network allow needs to know what to allow'],
  ])('is refused where it contradicts itself: %j', (raw, message) => {
    expect(() => policy(raw)).toThrow(message);
  });
});
