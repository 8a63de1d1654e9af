/** Skills end to end: the model is told of them, reads them, runs what is in them, and cannot change them. */
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import {
  eventsOf,
  loseContainers,
  makeRepository,
  newestSession,
  run,
  runDrydock,
  type ScriptedRun,
  shellTurn,
  startRun,
  temporaryFolder,
  until,
} from './harness.ts';
import type { ScriptedTurn } from './model-server.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 180_000 });

const document = (name: string, description: string, text = '') =>
  `---\nname: ${name}\ndescription: ${description}\n---\n${text}\n`;

/** Writes a user's skill of the name `greet`, which holds a script. */
function writeGreet(folder: string): void {
  const write = (path: string, text: string, mode: number) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode });
  };
  write('greet/SKILL.md', document('greet', 'How to greet.', 'Run scripts/greet.sh, it says how.'), 0o644);
  write('greet/scripts/greet.sh', '#!/bin/sh\necho "hello from $(dirname "$0")"\n', 0o755);
}

const PROJECT = {
  '.agents/skills/review/SKILL.md': document('review', 'How to review here.', 'Look twice.'),
  '.agents/skills/greet/SKILL.md': document('greet', 'What the repository would have greetings be.'),
  '.claude/skills/broken/SKILL.md': 'no front matter\n',
  'README.md': 'read me\n',
};

const resultOf = ({ requests }: Pick<ScriptedRun, 'requests'>, request: number, call = 0) =>
  requests[request]?.toolResults.at(call)?.text ?? '';

/** Ways to change what lies there; each says `done` where it worked. */
const tamper = (folder: string) =>
  [
    `echo x >>${folder}/greet/SKILL.md`,
    `rm -rf ${folder}/greet/scripts/greet.sh`,
    `mv ${folder} ${folder}.gone`,
    `mkdir ${folder}/mine`,
    `chmod u+w ${folder}/greet/SKILL.md`,
  ]
    .map((command) => `( ${command} ) 2>/dev/null && echo done`)
    .join('\n');

describe.concurrent('in a container', () => {
  it('are read and run from a folder that cannot be written, in every sandbox of the session, and are no part of the work', async () => {
    const home = temporaryFolder();
    writeGreet(join(home, '.config/drydock/skills'));
    const first: ScriptedTurn[] = [
      {
        toolCalls: [
          { name: 'read_file', arguments: { path: '/skills/greet/SKILL.md' } },
          { name: 'read_file', arguments: { path: '/skills/review/SKILL.md' } },
          { name: 'shell', arguments: { command: '/skills/greet/scripts/greet.sh' } },
        ],
      },
      shellTurn(
        `${tamper('/skills')}\ncat /skills/greet/SKILL.md; stat -c %u:%g /skills/greet/SKILL.md; echo new >new.txt`,
      ),
    ];
    const finished = await run(
      async (turn) => {
        if (turn === 2) {
          // What no checkpoint has would be lost with the container.
          await until('the checkpoint', () => eventsOf(newestSession(home).events, 'checkpoint').length > 0);
          await loseContainers(newestSession(home).id);
        }
        return first[turn] ?? ([2, 4].includes(turn) ? shellTurn('/skills/greet/scripts/greet.sh') : { text: 'Done.' });
      },
      { home, repository: makeRepository(PROJECT) },
    );
    expect(finished.code, finished.stderr).toBe(0);
    const [created] = eventsOf(finished.session.events, 'session.created');
    expect(created?.skills).toEqual({
      folder: '/skills',
      list: [
        expect.objectContaining({ name: 'greet', description: 'How to greet.', origin: 'user' }),
        expect.objectContaining({ name: 'review', origin: 'project', folder: '.agents/skills/review' }),
      ],
    });
    const told = '- /skills/greet/SKILL.md: How to greet.\n- /skills/review/SKILL.md: How to review here.';
    expect(created?.system).toContain(told);
    expect(JSON.stringify(finished.requests[0]?.raw)).toContain(JSON.stringify(told).slice(1, -1));
    expect(JSON.stringify(finished.requests[0]?.raw)).not.toContain('Look twice.');
    expect(finished.stderr).toContain('skills: .agents/skills/greet is left out: ');
    expect(finished.stderr).toContain(
      'skills: .claude/skills/broken is left out: SKILL.md does not begin with front matter',
    );

    expect(resultOf(finished, 1, 0)).toContain('Run scripts/greet.sh');
    expect(resultOf(finished, 1, 1)).toContain('Look twice.');
    expect(resultOf(finished, 1, 2)).toContain('hello from /skills/greet/scripts');
    const after = resultOf(finished, 2, -1);
    expect(after).not.toContain('done');
    expect(after).toContain('Run scripts/greet.sh');
    expect(after).toContain('0:0');

    // The sandbox was lost before the third turn's command.
    expect(eventsOf(finished.session.events, 'notice').map(({ reason }) => reason)).toContain('sandbox_replaced');
    expect(finished.stdout).toContain('new.txt');
    expect(finished.stdout).not.toContain('SKILL.md');

    // Whatever becomes of the user's folder, a resumed session has what it was made with.
    rmSync(join(home, '.config'), { recursive: true });
    const before = finished.requests.length;
    const resumed = await runDrydock(['resume', 'last', 'Greet again'], {
      ...{ home, cwd: finished.repository.dir, env: finished.server.env },
    });
    expect(resumed.code, resumed.stderr).toBe(0);
    const all = finished.requests.slice(before).flatMap(({ toolResults }) => toolResults.map(({ text }) => text));
    expect(all.at(-1)).toContain('hello from /skills/greet/scripts');
  });

  it('are still there in a container that a resume takes over', async () => {
    const home = temporaryFolder();
    writeGreet(join(home, '.agents/skills'));
    let killed = false;
    const running = await startRun(
      async (_turn, { toolResults }) => {
        if (killed)
          return toolResults.length < 2
            ? shellTurn('cat /tmp/mark; /skills/greet/scripts/greet.sh')
            : { text: 'Done.' };
        if (toolResults.length === 0) return shellTurn('echo "the same sandbox" >/tmp/mark');
        killed = true;
        running.child.kill('SIGKILL');
        return { text: 'Too late.' };
      },
      { home },
    );
    expect((await running.ended).code).toBe(137);
    rmSync(join(home, '.agents'), { recursive: true });
    const resumed = await runDrydock(['resume', 'last'], {
      ...{ home, cwd: running.repository.dir, env: running.server.env },
    });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(running.requests.at(-1)?.toolResults.at(-1)?.text).toContain('the same sandbox\nhello from /skills/greet');
  });

  it.each([
    ['none', []],
    ['user', ['greet']],
  ])('are switched off by source: --skills %s', async (which, names) => {
    const home = temporaryFolder();
    writeGreet(join(home, '.agents/skills'));
    const finished = await run([shellTurn('ls /skills')], {
      ...{ home, repository: makeRepository(PROJECT), args: ['--skills', which] },
    });
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stderr).not.toContain('skills:');
    const [created] = eventsOf(finished.session.events, 'session.created');
    expect(created?.skills?.list.map(({ name }) => name) ?? []).toEqual(names);
    expect(created?.system.includes('SKILL.md')).toBe(names.length > 0);
    expect(resultOf(finished, 1)).toContain(names[0] ?? 'No such file');
  });
});

describe.concurrent('on the host', () => {
  const NOBODY = 65_534;
  const asRoot = process.getuid?.() === 0;
  const base = mkdtempSync(join(tmpdir(), 'drydock-host-skills-'));
  chmodSync(base, 0o755);
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it('lie where the commands’ user can read them, for as long as the run, also for a resumed one', async () => {
    const [home, cwd] = [join(base, 'home'), join(base, 'work')];
    for (const folder of [home, cwd]) mkdirSync(folder, { mode: 0o755 });
    chmodSync(home, 0o700);
    if (asRoot) chownSync(cwd, NOBODY, NOBODY);
    writeGreet(join(home, '.agents/skills'));
    let folder = '';
    const finished = await run(
      (turn) => {
        folder = eventsOf(newestSession(home).events, 'session.created')[0]?.skills?.folder ?? '';
        if (turn === 0) return { toolCalls: [{ name: 'read_file', arguments: { path: `${folder}/greet/SKILL.md` } }] };
        if (turn === 1) expect(statSync(join(folder, 'greet/SKILL.md')).mode & 0o777).toBe(0o444);
        if (turn === 1 || turn === 3)
          return shellTurn(`${folder}/greet/scripts/greet.sh; echo x >>${folder}/greet/SKILL.md`);
        return { text: 'Done.' };
      },
      { home, cwd, args: ['--sandbox', 'host'], task: 'Greet' },
    );
    expect(finished.code, finished.stderr).toBe(0);
    expect(folder).toContain(finished.session.id);
    expect(resultOf(finished, 1)).toContain('Run scripts/greet.sh');
    expect(resultOf(finished, 2, -1)).toMatch(/hello from .*\/greet\/scripts\n.*(denied|cannot create)/s);
    expect(existsSync(folder)).toBe(false);

    const resumed = await runDrydock(['resume', 'last', 'Greet again'], { home, cwd, env: finished.server.env });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(finished.requests.at(-1)?.toolResults.at(-1)?.text).toContain('hello from');
    expect(existsSync(folder)).toBe(false);
  });
});
