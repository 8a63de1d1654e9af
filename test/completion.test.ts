/** Completion, as the shells do it: keys are typed into an interactive shell, and looked at is what the command then gets. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { sessionsDir } from '../session/index.ts';
import { freshEnv, runDrydock, temporaryFolder, until } from './harness.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000, hookTimeout: 120_000 });

const SESSION = '20261124-153012-k3f9';

const home = temporaryFolder();
const env = freshEnv(home);
/** Without the variable sessions are at their default place. */
const { XDG_STATE_HOME: _state, ...bare } = env;
const cwd = temporaryFolder();
beforeAll(() => {
  for (const each of [env, bare]) mkdirSync(join(sessionsDir(each), SESSION), { recursive: true });
  mkdirSync(join(sessionsDir(env), `${SESSION}.removed`));
  writeFileSync(join(cwd, 'task.md'), '');
  writeFileSync(join(cwd, 'foo.txt'), '');
  mkdirSync(join(cwd, 'folder'));
});

const scriptFor = async (shell: string) => {
  const { code, stdout, stderr } = await runDrydock(['completion', shell], { home });
  expect(code, stderr).toBe(0);
  return stdout;
};
const has = (shell: string) => {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** What is typed, with the tabulator as `⇥`, and the arguments that come of it. */
const TYPED: [string, string[]][] = [
  ['res⇥20⇥', ['resume', SESSION]],
  ['dif⇥--st⇥la⇥', ['diff', '--stat', 'last']],
  ['sessions r⇥20⇥', ['sessions', 'rm', SESSION]],
  ['run --netw⇥al⇥', ['run', '--network', 'allow']],
  ['run --setup-network=fu⇥', ['run', '--setup-network=full']],
  ['run -m show --effort me⇥--outp⇥pa⇥', ['run', '-m', 'show', '--effort', 'medium', '--output', 'patch']],
  ['run "a task" --sandbox h⇥--sk⇥u⇥', ['run', 'a task', '--sandbox', 'host', '--skills', 'user']],
  ['run --file ta⇥', ['run', '--file', 'task.md']],
  ['run --cd fo⇥', ['run', '--cd', 'folder/']],
  ['run --max-turns fo⇥', ['run', '--max-turns', 'fo']],
  ['run ta⇥', ['run', 'ta']],
  ['completion z⇥', ['completion', 'zsh']],
];

/** Types into an interactive shell, whose `drydock` prints its arguments. Gives what it printed for each line. */
async function type(shell: string, args: string[], more: NodeJS.ProcessEnv): Promise<string[][]> {
  const child = spawn('script', ['-qec', [shell, ...args].join(' '), '/dev/null'], {
    ...{ cwd, env: { ...more, TERM: 'dumb' }, stdio: ['pipe', 'pipe', 'ignore'] },
  });
  let screen = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  const results = () => [...screen.matchAll(/BEGIN(.*?)END/gs)].map(([, line = '']) => line);
  try {
    await until(`the prompt of ${shell}`, () => screen.includes('READY> '));
    for (const [index, [keys]] of TYPED.entries()) {
      child.stdin?.write(`drydock ${keys.replaceAll('⇥', '\t')}\n`);
      await until(`the end of ${keys}: ${screen.slice(-300)}`, () => results().length > index);
    }
  } finally {
    child.stdin?.end('\x03\nexit\n');
    child.kill();
  }
  return results().map((line) => line.split('|').slice(0, -1));
}

const FUNCTION = `drydock() { local each; printf BE''GIN; for each in "$@"; do printf '%s|' "$each"; done; echo E''ND; }\n`;

describe.concurrent('completion', () => {
  it('in bash', async () => {
    const rc = join(temporaryFolder(), 'rc');
    writeFileSync(rc, `${await scriptFor('bash')}\n${FUNCTION}bind 'set bell-style none'\nPS1='READY> '\n`);
    expect(await type('bash', ['--noprofile', '--rcfile', rc, '-i'], env)).toEqual(TYPED.map(([, words]) => words));
  });

  it.runIf(has('zsh'))('in zsh', async () => {
    const folder = temporaryFolder();
    const begin = 'autoload -Uz compinit; compinit -u -D; unsetopt beep auto_remove_slash; unset zle_bracketed_paste\n';
    writeFileSync(join(folder, '.zshrc'), `${begin}${await scriptFor('zsh')}\n${FUNCTION}PS1='READY> '\n`);
    expect(await type('zsh', ['-i'], { ...bare, ZDOTDIR: folder })).toEqual(TYPED.map(([, words]) => words));
  });

  it.runIf(has('fish'))('in fish', async () => {
    const file = join(temporaryFolder(), 'drydock.fish');
    writeFileSync(file, await scriptFor('fish'));
    const ask = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', file, `drydock ${line}`], {
        cwd,
        env,
      })
        .toString()
        .split('\n')
        .filter((each) => each !== '')
        .map((each) => each.split('\t')[0]);
    expect(ask('res')).toEqual(['resume']);
    expect(ask('resume ')).toEqual(['last', SESSION]);
    expect(ask('sessions rm 20')).toEqual([SESSION]);
    expect(ask('run --netw')).toEqual(['--network']);
    expect(ask('run --network ')).toEqual(['none', 'allow', 'full']);
    expect(ask('run --effort=me')).toEqual(['--effort=medium']);
    expect(ask('run --file ta')).toEqual(['task.md']);
    expect(ask('run --cd fo')).toEqual(['folder/']);
    expect(ask('run --max-turns fo')).toEqual([]);
    expect(ask('completion z')).toEqual(['zsh']);
  });

  it('knows every command and option that the help lists', async () => {
    const script = await scriptFor('bash');
    const help = async (...command: string[]) => (await runDrydock([...command, '--help'], { home })).stdout;
    const [commands, options] = await Promise.all([help(), help('run')]);
    const names = [...commands.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
    expect(names).toContain('completion');
    for (const name of names) expect(script).toContain(`\n${name}:`.replace(/^\nrun:/, "'run:"));
    for (const [, flag] of options.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)) expect(script).toContain(`${flag}:`);
  });
});
