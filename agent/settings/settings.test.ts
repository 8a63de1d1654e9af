import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { derive, imageOf, networkPolicy, refuseWhatIsMissing } from './derive.ts';
import { environmentLayer } from './environment.ts';
import { SettingsError } from './errors.ts';
import { parseSettings } from './file.ts';
import { type Layer, type LayerKind, resolveSettings } from './layers.ts';
import { withProject } from './read.ts';
import { ageMs, byteSize } from './values.ts';

const flags = (values: Layer['values']): Layer => ({ kind: 'flags', where: '', values });
const settingsOf = (values: Layer['values']) => resolveSettings([flags(values)]).settings;
/** A settings file's text as a layer. */
const file = (kind: LayerKind, text: string) => parseSettings(kind, `${kind}.yaml`, Buffer.from(text));

describe('settings', () => {
  it('have defaults that are safe: a container without network, a branch, nothing applied or passed in', () => {
    expect(settingsOf({})).toEqual({
      maxTurns: 100,
      verifyAttempts: 3,
      sandbox: 'docker',
      devcontainer: false,
      setup: [],
      allow: [],
      output: 'branch',
      apply: false,
      compaction: 'layered',
      includeDirty: false,
      skills: 'all',
      env: [],
      trustProject: false,
    });
  });

  it.each([
    ['90', 90_000],
    ['90s', 90_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['250ms', 250],
  ])('take the duration %s as %d milliseconds', (timeout, timeoutMs) => {
    expect(settingsOf({ timeout }).timeout).toBe(timeoutMs);
  });

  const limits = z.object({ age: ageMs.optional(), size: byteSize.optional() });
  it.each([
    [{ age: '0d' }, { age: 0 }],
    [{ age: '90s' }, { age: 90_000 }],
    [{ age: '30d' }, { age: 2_592_000_000 }],
    [{ size: '0m' }, { size: 0 }],
    [{ size: '1.5gb' }, { size: 1.5 * 1024 ** 3 }],
  ])('take an age or a size on disk: %j', (raw, value) => {
    expect(limits.parse(raw)).toEqual(value);
  });

  it.each([
    [{ age: '30' }, 'is not an age such as 12h or 30d'],
    [{ age: '-1d' }, 'is not an age'],
    [{ age: `${'9'.repeat(400)}d` }, 'is too large'],
    [{ size: '5' }, 'is not a size such as 512m or 4g'],
  ])('refuse what is no age or size: %j', (raw, message) => {
    expect(() => limits.parse(raw)).toThrow(message);
  });

  it('take numbers as numbers', () => {
    const raw = { maxTurns: '7', maxCost: '2.50', verifyAttempts: '0', contextWindow: '8192' };
    expect(settingsOf(raw)).toMatchObject({
      maxTurns: 7,
      maxCost: 2.5,
      verifyAttempts: 0,
      contextWindow: 8192,
    });
  });

  it('take sizes with a unit, and parts of a core', () => {
    const raw = { memory: '512m', disk: '1.5GiB', cpus: '0.5', pids: '256' };
    expect(settingsOf(raw)).toMatchObject({
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
    [{ sandbox: 'vm' }, '--sandbox "vm" is neither docker nor host'],
    [{ image: '' }, '--image "" is empty'],
    [{ network: 'foo' }, '--network "foo" is none of none, allow, full'],
    [{ allow: ['npm', 'http://a.example'] }, '--allow "http://a.example" is none of HOST, HOST:PORT, *.HOST'],
    [{ allow: ['localhost'] }, '--allow "localhost" is none of'],
    [{ allow: ['*'] }, '--allow "*" is none of'],
    [{ allow: ['127.0.0.1'] }, '--allow "127.0.0.1" is none of'],
    [{ allow: ['a.example.com:0'] }, '--allow "a.example.com:0" is none of'],
    [{ effort: 'utmost' }, '--effort "utmost" is none of none, minimal, low, medium, high, xhigh, max'],
    [{ contextWindow: '10' }, '--context-window "10" is below 1000'],
  ])('are refused with flag, value and what is wrong: %j', (raw, message) => {
    expect(() => settingsOf(raw)).toThrow(SettingsError);
    expect(() => settingsOf(raw)).toThrow(message);
  });
});

describe('the network policy', () => {
  const policy = (raw: Layer['values']) => networkPolicy(settingsOf(raw));

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

describe('layers', () => {
  it('lie on top of each other, and each value knows where it came from', async () => {
    const user = await file('user', 'max-turns: 20\nverify: make\nmemory: 1g\n');
    const environment = environmentLayer({
      DRYDOCK_MAX_TURNS: '30',
      DRYDOCK_CPUS: '1',
      PATH: '/bin',
      DRYDOCK_PIDS: '',
    });
    const { settings, origins } = resolveSettings([user, environment, flags({ cpus: '2' })]);
    expect(settings).toMatchObject({ maxTurns: 30, verify: 'make', memory: 1024 ** 3, cpus: 2 });
    expect(Object.fromEntries(origins)).toMatchObject({
      maxTurns: { kind: 'environment' },
      verify: { kind: 'user', where: 'user.yaml' },
      cpus: { kind: 'flags' },
    });
    expect(origins.has('pids')).toBe(false);
  });

  it('take numbers, truth values, lists and single values from a file', async () => {
    const text = 'max-cost: 2.5\napply: true\nsetup:\n  - a, b\n  - c\nallow: b.example.com\ntimeout: 90s\n';
    expect(resolveSettings([await file('user', text)]).settings).toMatchObject({
      maxCost: 2.5,
      apply: true,
      setup: ['a, b', 'c'],
      allow: [['b.example.com']],
      timeout: 90_000,
    });
  });

  it('take lists and truth values from the environment', () => {
    const env = {
      DRYDOCK_ALLOW: 'b.example.com, a.example.com',
      DRYDOCK_SETUP: 'a, b\nc',
      DRYDOCK_APPLY: '1',
      DRYDOCK_MODEL: 'true',
    };
    expect(resolveSettings([environmentLayer(env)]).settings).toMatchObject({
      allow: [['b.example.com'], ['a.example.com']],
      setup: ['a, b', 'c'],
      apply: true,
      model: 'true',
    });
  });

  it('say who said what cannot be', async () => {
    const wrong = await file('user', 'max-turns: many');
    expect(() => resolveSettings([wrong])).toThrow('max-turns "many" in user.yaml is not a whole number');
    const unquoted = await file('user', 'verify: true');
    expect(() => resolveSettings([unquoted])).toThrow('verify true in user.yaml is not text: put it in quotes');
    const env = environmentLayer({ DRYDOCK_TIMEOUT: 'soon' });
    expect(() => resolveSettings([env])).toThrow('DRYDOCK_TIMEOUT "soon" is not a duration');
  });

  it.each([
    ['max-turn: 3', 'user.yaml: there is no setting "max-turn". Did you mean max-turns?'],
    ['zzz: 3', 'user.yaml: there is no setting "zzz".'],
    ['a: [', 'user.yaml, line 1:'],
    ['max-turns: 1\nmax-turns: 2', 'user.yaml, line 2: Map keys must be unique'],
    ['- a', 'user.yaml holds no settings'],
    ['allow:\n  - *.npmjs.org', 'user.yaml: Unresolved alias'],
    ['verify:', 'user.yaml: verify has no value'],
  ])('refuse the file %j', async (text, message) => {
    await expect(file('user', text)).rejects.toThrow(message);
  });

  it('refuse a variable that is no setting, with the nearest', () => {
    expect(() => environmentLayer({ DRYDOCK_MAX_TURN: '3' })).toThrow('Did you mean DRYDOCK_MAX_TURNS?');
  });

  it('put the servers of several files together, each of which is replaced whole', async () => {
    const user = await file(
      'user',
      'mcp: { servers: { a: { command: [one, -v], timeout: 90s }, b: { command: [b] } } }',
    );
    const above = await file('configuration', 'mcp: { servers: { a: { command: [two] } } }');
    expect(resolveSettings([user, above]).settings.mcp).toMatchObject([
      { name: 'a', transport: { command: ['two'] }, timeoutMs: 60_000 },
      { name: 'b' },
    ]);
    const many = Array.from({ length: 8 }, (_, index) => `s${index}: { command: [x] }`).join(', ');
    const more = await file('configuration', `mcp: { servers: { ${many} } }`);
    expect(() => resolveSettings([user, more])).toThrow('mcp in configuration.yaml has more than 8 servers');
  });

  it('say which part of a section cannot be', async () => {
    const wrong = await file('user', 'mcp: { servers: { a: { comand: [x] } } }');
    expect(() => resolveSettings([wrong])).toThrow('mcp servers.a in user.yaml has no "comand". Did you mean command?');
  });

  it('have no variable for a section', () => {
    expect(() => environmentLayer({ DRYDOCK_MCP: '{}' })).toThrow('no such setting');
  });

  it('let a higher layer choose another image or network without contradiction', async () => {
    const user = await file('user', 'image: debian\nallow: [b.example.com]\n');
    const above = resolveSettings([user, flags({ dockerfile: 'Dockerfile', network: 'none' })]);
    expect(imageOf(above)).toEqual({ kind: 'dockerfile', path: 'Dockerfile' });
    expect(networkPolicy(above.settings)).toEqual({ network: 'none', allow: [] });
    const same = resolveSettings([user, flags({ network: 'allow' })]);
    expect(networkPolicy(same.settings)).toEqual({ network: 'allow', allow: ['b.example.com'] });
  });

  it('refuse hooks in an agent configuration, and sections in variables', async () => {
    const hooks = await file('configuration', 'hooks: { stop: ["true"] }');
    expect(() => resolveSettings([hooks])).toThrow(
      'hooks in configuration.yaml: only your own settings file may have it',
    );
    expect(() => environmentLayer({ DRYDOCK_POLICY: 'x' })).toThrow('there is no such setting');
  });

  it.each([
    ['policy: { deny: ["rm"] }', 'policy deny.0 in user.yaml "rm" is no rule'],
    ['policy: { deney: [] }', 'policy in user.yaml has no "deney". Did you mean deny?'],
    ['policy: [x]', 'policy in user.yaml must hold rules under deny, ask and allow'],
    ['guard: { blockd: [] }', 'guard in user.yaml has no "blockd". Did you mean blocked?'],
    ['keys: { antropic: { file: k } }', 'keys in user.yaml has no "antropic". Did you mean anthropic?'],
    ['hooks: { befor-tool: ["true"] }', 'hooks in user.yaml has no "befor-tool". Did you mean before-tool?'],
    [
      'hooks: { stop: [{ command: x, timout: 3s }] }',
      'hooks stop.0 in user.yaml has no "timout". Did you mean timeout?',
    ],
    ['guard: { secrets: { x: "(" } }', 'guard secrets.x in user.yaml "(" is no regular expression'],
    ['hooks: { before-lunch: ["true"] }', 'hooks in user.yaml has no "before-lunch". Did you mean before-tool?'],
    [
      'hooks: { stop: [{ command: x, tools: [shell] }] }',
      'hooks stop.0 in user.yaml has no "tools". It is no hook: write a command, or command and timeout',
    ],
    ['policy: { deny: ["network(example.org)"] }\nnetwork: full', 'the policy denies the host example.org'],
  ])('refuse %s', async (text, message) => {
    const layer = await file('user', text);
    expect(() => derive(resolveSettings([layer]), {})).toThrow(message);
  });

  it('refuse what the backend cannot do where it was asked for, not where a file has it as a habit', async () => {
    const habit = resolveSettings([await file('user', 'memory: 1g'), flags({ sandbox: 'host' })]);
    expect(() => refuseWhatIsMissing(habit.settings, habit.origins)).not.toThrow();
    const asked = resolveSettings([environmentLayer({ DRYDOCK_MEMORY: '1g' }), flags({ sandbox: 'host' })]);
    expect(() => refuseWhatIsMissing(asked.settings, asked.origins)).toThrow('DRYDOCK_MEMORY has no meaning');
  });
});

describe('the project’s file', () => {
  const resolved = async (user: string, project: string, values: Layer['values'] = {}) =>
    resolveSettings(withProject([await file('user', user), flags(values)], await file('project', project)));

  it('lies above the user’s file and below what was said for this run', async () => {
    expect((await resolved('verify: a', 'verify: b')).settings.verify).toBe('b');
    expect((await resolved('verify: a', 'verify: b', { verify: 'c' })).settings.verify).toBe('c');
  });

  it('lowers limits and never raises them', async () => {
    expect((await resolved('max-turns: 20\nmemory: 1g', 'max-turns: 10\nmemory: 2g')).settings).toMatchObject({
      maxTurns: 10,
      memory: 1024 ** 3,
    });
    expect((await resolved('', 'max-turns: 500\nmax-cost: 3')).settings).toMatchObject({ maxTurns: 100, maxCost: 3 });
  });

  it.each([
    ['model: openai:x', 'model in project.yaml: the project’s file may not set it'],
    ['env: [HOME]', 'env in project.yaml'],
    ['allow: [npm]', 'allow in project.yaml'],
    ['sandbox: host', 'sandbox in project.yaml'],
    ['apply: true', 'apply in project.yaml'],
    ['trust-project: true', 'trust-project in project.yaml'],
    ['network: full', 'network in project.yaml: it may only be none there'],
    ['setup-network: full', 'setup-network in project.yaml: it may only be none there'],
    [
      'policy: { allow: ["shell(*)"] }',
      'policy in project.yaml: it may only hold lists of rules under deny and ask there',
    ],
    ['policy: { default: allow }', 'policy in project.yaml: it may only hold'],
    ['guard: { redact: false }', 'guard in project.yaml: the project’s file may not set it'],
    ['hooks: { stop: ["true"] }', 'hooks in project.yaml: only your own settings file may have it'],
  ])('cannot widen what an agent may do: %s', async (text, message) => {
    await expect(resolved('', text)).rejects.toThrow(message);
  });

  it('adds rules that deny and ask to the user’s, and lowers what may be handed over', async () => {
    const { settings } = await resolved(
      'policy: { deny: ["shell(rm)"], allow: ["shell(ls)"] }\nmax-diff: 100',
      'policy: { deny: ["shell(curl)"], ask: ["write(.github)"] }\nmax-diff: 50\nmax-diff-files: 3',
    );
    const texts = (rules: readonly { text: string }[] = []) => rules.map(({ text }) => text);
    expect(texts(settings.policy?.deny)).toEqual(['shell(rm)', 'shell(curl)']);
    expect(texts(settings.policy?.ask)).toEqual(['write(.github)']);
    expect(texts(settings.policy?.allow)).toEqual(['shell(ls)']);
    expect(settings).toMatchObject({ maxDiff: 50, maxDiffFiles: 3 });
  });

  it('asks about nothing that the user’s default denies', async () => {
    const project = 'policy: { ask: ["shell(*)"] }';
    await expect(resolved('policy: { default: deny }', project)).rejects.toThrow(
      'would open what your own default denies',
    );
    await expect(resolved('', project, { policy: { default: 'deny' } })).rejects.toThrow('would open');
  });

  it('narrows the network, hosts that the user allows included', async () => {
    const { settings } = await resolved('allow: [npm]', 'network: none');
    expect(networkPolicy(settings)).toEqual({ network: 'none', allow: [] });
  });

  it('chooses the image and its set-up only where the user trusts it, and says so else', async () => {
    const text = 'image: debian\nsetup: [make deps]';
    const untrusted = await resolved('', text);
    expect(imageOf(untrusted)).toEqual({ kind: 'own' });
    expect(untrusted.settings.setup).toEqual([]);
    expect(untrusted.notes).toEqual([
      'note: image of project.yaml is not taken (--trust-project takes it)',
      'note: setup of project.yaml is not taken (--trust-project takes it)',
    ]);
    const trusted = await resolved('trust-project: true', text);
    expect(imageOf(trusted)).toEqual({ kind: 'image', name: 'debian' });
    expect(trusted.settings.setup).toEqual(['make deps']);
  });

  it('does not choose what runs on the user’s own machine', async () => {
    const mcp = 'mcp: { servers: { a: { command: [rm] } } }';
    const { settings, notes } = await resolved('', `verify: rm -rf ~\n${mcp}`, { sandbox: 'host' });
    expect(settings.verify).toBeUndefined();
    expect(settings.mcp).toBeUndefined();
    expect(notes).toHaveLength(2);
    expect((await resolved('trust-project: true', mcp, { sandbox: 'host' })).settings.mcp).toHaveLength(1);
  });

  const servers = (text: string) => `mcp: { servers: { ${text} } }`;

  it('adds MCP servers that run in the sandbox', async () => {
    const { settings } = await resolved(servers('b: { url: "https://example.com" }'), servers('a: { command: [run] }'));
    expect(settings.mcp?.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('has none reached from the host, and none of the user’s changed', async () => {
    const away = resolved('', servers('a: { url: "https://example.com" }'));
    await expect(away).rejects.toThrow('mcp in project.yaml: the server a is reached from the host');
    const mine = resolved(servers('a: { url: "https://example.com" }'), servers('a: { command: [run] }'));
    await expect(mine).rejects.toThrow('mcp in project.yaml: the server a is one of your own settings');
  });
});
