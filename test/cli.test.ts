/** How the command line looks and behaves: on a terminal, in a pipe, as JSON Lines, and when it is interrupted. */
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { RESUME_SETTINGS } from '../agent/index.ts';
import { callOptions, FLAG_NAMES, runOptions } from '../cli/options.ts';
import { lineSchema } from '../scripts/event-schema.ts';
import {
  eventsOf,
  leftOnEngine,
  mendingCall,
  newestSession,
  run,
  runDrydock,
  type ScriptedRun,
  serve,
  shellTurn,
  startRun,
  until,
} from './harness.ts';
import type { Script } from './model-server.ts';

// Some tests wait for signals to take effect, and two cores are shared.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** Looks, mends, and says so; slowly enough for a spinner to turn. */
const MEND: Script = (turn, request) => {
  if (turn === 0) return { text: 'Looking around.', ...shellTurn('sleep 0.5; node test.js'), delayMs: 300 };
  if (turn === 1) return { toolCalls: [mendingCall(request)] };
  return { text: 'Mended the sum.' };
};

/** Escape sequences and lines that are drawn again: what only a terminal should get. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const TERMINAL_CODES = /\x1b|\r/;

describe.concurrent('help', () => {
  it('has a version of one line', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
    for (const flag of ['--version', '-V']) {
      expect(await runDrydock([flag])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it('lists the commands and the exit codes', async () => {
    const { code, stdout, stderr } = await runDrydock(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const word of ['run', 'resume', 'show', 'doctor', '3 model provider', '129, 130, 143 interrupted']) {
      expect(stdout).toContain(word);
    }
  });

  const flags = (names: readonly string[]) =>
    names.map((name) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  it.each([
    [
      'run',
      flags([...Object.keys(runOptions.shape), ...FLAG_NAMES]).map((flag) =>
        flag === '--project' ? '--no-project' : flag,
      ),
    ],
    ['resume', flags([...Object.keys(callOptions.shape), ...RESUME_SETTINGS])],
    ['show', ['--json', '--trajectory', '--compactions', '--at', '--session-dir']],
    ['compact', ['--focus', '--json', '--session-dir']],
    ['diff', ['--stat', '--at', '--session-dir']],
    ['apply', ['--at', '--session-dir']],
    ['sessions list', ['--all', '--json', '--session-dir']],
    ['gc', ['--all', '--dry-run', '--older-than', '--keep-size', '--images-older-than', '--session-dir']],
    ['doctor', ['--help']],
  ])('of %s lists every option', async (command, options) => {
    const { code, stdout } = await runDrydock([...command.split(' '), '--help']);
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
    expect(listed.filter((flag) => flag !== '--help').sort()).toEqual(
      options.filter((flag) => flag !== '--help').sort(),
    );
  });
});

describe.concurrent('help for a command that there is not', () => {
  it.each(['help runn', 'help compere', 'eval help rnu', 'sessions help rmm', 'bot help collec'])(
    '%s is refused in one line',
    async (words) => {
      const { code, stdout, stderr } = await runDrydock(words.split(' '));
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^drydock: [^\n]*\n$/)]);
    },
  );

  it('says what may be meant, and leaves help for one that there is', async () => {
    expect((await runDrydock(['help', 'runn'])).stderr).toContain("unknown command 'runn' (Did you mean run?)");
    for (const words of ['help run', 'help', 'eval help', 'eval help gate', 'help sessions']) {
      const { code, stdout, stderr } = await runDrydock(words.split(' '));
      expect([words, code, stderr]).toEqual([words, 0, '']);
      expect(stdout).toContain('Usage: drydock');
    }
  });
});

describe.concurrent('--json', () => {
  it('writes one JSON object a line on stdout, and all else on stderr', async () => {
    const overloaded = { error: { type: 'overloaded_error', message: 'busy' } };
    const { code, stdout, stderr, session } = await run(
      (turn, request) => {
        if (turn === 0) return { error: { status: 529, body: overloaded, headers: { 'retry-after-ms': '1' } } };
        if (turn === 1) return { text: 'Looking around, with care.', toolCalls: [mendingCall(request)] };
        return { reasoning: 'It should be fine.', text: 'Mended the sum, line by line.' };
      },
      { args: ['--json'] },
    );
    expect(code, stderr).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.pop()).toBe('');
    const parsed = lines.map((line) => lineSchema.parse(JSON.parse(line)));

    const logged = lines.filter((line) => 'seq' in JSON.parse(line));
    expect(`${logged.join('\n')}\n`).toBe(readFileSync(join(session.dir, 'events.jsonl'), 'utf8'));
    expect(parsed.filter((line) => line.type === 'delta.retry')).toHaveLength(1);

    // Increments: what came since the request began is the message, and no piece is all of it.
    let pieces: string[] = [];
    for (const line of parsed) {
      if (line.type === 'model.requested') pieces = [];
      if (line.type === 'delta.text') pieces.push(line.text);
      if (line.type !== 'model.responded') continue;
      const text = line.message.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
      expect(pieces.join('')).toBe(text);
      expect(pieces.length).toBeGreaterThan(1);
    }
    const [spent, handedOver, ...more] = stderr.split('\n');
    expect(spent).toMatch(/^2 turns, .* tokens in \(\d+% cached\), .* out, \$/);
    expect(handedOver).toContain(`session ${session.id}: 1 file changed on branch drydock/${session.id}`);
    expect(more).toEqual(['']);
  });
});

describe.concurrent('what a run shows', () => {
  it('is finished lines without colour where stderr is no terminal, and the patch alone on stdout', async () => {
    const { code, stdout, stderr, session } = await run(MEND);
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toMatch(TERMINAL_CODES);
    expect(stdout).toMatch(/^diff --git a\/sum\.js b\/sum\.js\n/);
    expect(stderr).toContain(`session ${session.id} · `);
    expect(stderr).toMatch(/^Looking around\.\n.*shell sleep 0\.5; node test\.js \d.*exit 1$/m);
    expect(stderr).toContain('Mended the sum.');
  });

  it('is alive on a terminal: spinner, streamed text, tokens and cost, and a coloured diff at the end', async () => {
    const result = await run(MEND, {
      env: { TERM: 'xterm-256color' },
      through: `exec script -qec "stty cols 120; exec $(printf '%q ' "$@")" /dev/null`,
    });
    const screen = result.stdout;
    expect(result.code, screen).toBe(0);
    expect(new Set(screen.match(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/g)).size).toBeGreaterThan(3);
    expect(screen).toMatch(/[⠋-⠿] thinking \d/);
    expect(screen).toMatch(/[⠋-⠿] shell sleep 0\.5; node test\.js \d[^\r]* in \(0% cached\), \d+ out · \$0\.\d{4}/);
    expect(screen).toContain('Looking around.');
    expect(screen).toContain('\x1b[31m✗\x1b[39m');
    expect(screen).toContain('\x1b[32m+module.exports = (a, b) => a + b;\x1b[39m');
    expect(screen.lastIndexOf('\x1b[1mdiff --git')).toBeGreaterThan(screen.indexOf('Mended the sum.'));
  });
});

describe.concurrent('show', () => {
  it('tells the story of a session, gives its patch, and its log', async () => {
    const { home, session, stdout: patch } = await run(MEND);
    const show = (...args: string[]) => runDrydock(['show', ...args], { home });
    const [story, diff, json] = await Promise.all([
      show(),
      runDrydock(['diff', session.id], { home }),
      show('last', '--json'),
    ]);
    expect(story.code).toBe(0);
    for (const words of ['▶ Make the test pass', '✗ shell sleep 0.5; node test.js', `branch drydock/${session.id}`]) {
      expect(story.stdout).toContain(words);
    }
    expect(story.stdout).toMatch(/completed \(exit 0\): the model finished; 3 turns, /);
    expect(story.stdout).not.toMatch(TERMINAL_CODES);
    expect(diff).toMatchObject({ code: 0, stdout: patch, stderr: '' });
    expect(json.stdout).toBe(readFileSync(join(session.dir, 'events.jsonl'), 'utf8'));
  });

  it('says where there is no patch', async () => {
    const { home } = await run([]);
    const { code, stdout, stderr } = await runDrydock(['diff'], { home });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^drydock: session \S+ has changed no file\n$/);
  });
});

describe.concurrent('doctor', () => {
  const KEY = { ANTHROPIC_API_KEY: 'never-used' };
  const failing = (stdout: string) => stdout.split('\n').filter((line) => line.startsWith('✗'));

  it('finds everything in order on a machine where runs work, and leaves no container', async () => {
    const { code, stdout, stderr } = await runDrydock(['doctor'], { env: KEY });
    // How much room the test machine's disk has is not what is tested.
    const lowDisk = failing(stdout).filter((line) => line.startsWith('✗ sessions') && line.endsWith('make room'));
    expect(failing(stdout), stderr).toEqual(lowDisk);
    expect(code).toBe(lowDisk.length === 0 ? 0 : 2);
    for (const name of ['node', 'git', 'keys', 'engine', 'image', 'sandbox']) expect(stdout).toContain(`✓ ${name}: `);
    expect(await leftOnEngine('doctor')).toEqual([]);
  });

  it('says what is missing and how to mend it, with the exit code that a run would have', async () => {
    const noEngine = await runDrydock(['doctor'], { env: { ...KEY, DOCKER_HOST: 'unix:///nonexistent.sock' } });
    expect(noEngine.code).toBe(4);
    expect(failing(noEngine.stdout).join()).toMatch(/✗ engine: no Docker engine answers: .* — start Docker/);
    const neither = await runDrydock(['doctor'], { env: { DOCKER_HOST: 'unix:///nonexistent.sock' } });
    expect(neither.code).toBe(4);
    expect(failing(neither.stdout).join()).toMatch(/✗ keys: no model to use: set ANTHROPIC_API_KEY/);
  });
});

describe.concurrent('a signal', () => {
  /** A run that has mended the sum and now sleeps in a command. */
  async function asleep(): Promise<ScriptedRun> {
    const running = await startRun((turn, request) =>
      turn === 0 ? { toolCalls: [mendingCall(request)] } : shellTurn('sleep 300'),
    );
    await until('the second call', () => {
      if (running.requests.length < 2) return false;
      return eventsOf(newestSession(running.home).events, 'tool.started').length === 2;
    });
    return running;
  }

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the run in order: the work so far is handed over, and the code is %d', async (signal, code) => {
    const running = await asleep();
    running.child.kill(signal);
    const result = await running.ended;
    expect(result.code, result.stderr).toBe(code);
    expect(result.stderr).toContain('stopping; once more to stop at once');
    const { id, events } = newestSession(running.home);
    expect(result.stderr).toContain(`drydock: interrupted by ${signal} — go on with \`drydock resume ${id}\``);
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'interrupted', exitCode: code });
    expect(running.repository.git('show', `drydock/${id}:sum.js`)).toContain('a + b');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('while the model is silent ends the request', async () => {
    const running = await startRun([{ text: 'late', delayMs: 300_000 }]);
    await until('the request', () => running.requests.length === 1);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(await leftOnEngine(newestSession(running.home).id)).toEqual([]);
  });
});

describe.concurrent('the end', () => {
  it('comes though the model server keeps its connections open', async ({ onTestFinished }) => {
    const sockets: Socket[] = [];
    const server = await serve(() => ({ text: 'Done.' }));
    // Passes everything on, but never a connection's end.
    const proxy = createServer({ allowHalfOpen: true }, (client) => {
      const upstream = connect({ port: Number(new URL(server.url).port), host: '127.0.0.1', allowHalfOpen: true });
      client.pipe(upstream, { end: false }).pipe(client, { end: false });
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
      sockets.push(client, upstream);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });
    const address = proxy.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    const result = await run([], { env: { ...server.env, ANTHROPIC_BASE_URL: `http://127.0.0.1:${address.port}` } });
    expect(result.code, result.stderr).toBe(0);
    expect(server.journal).toHaveLength(1);
  });
});
