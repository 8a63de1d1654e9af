/**
 * What is planted in a repository to be believed: instructions for the model, and settings for Drydock. Instructions come
 * from the base commit alone; settings from the command line alone.
 */
import { describe, expect, it, vi } from 'vitest';
import { makeRepository, run, runDrydock, shellTurn, temporaryFolder } from '../harness.ts';

vi.setConfig({ testTimeout: 120_000 });

describe('instructions', () => {
  it('of the base commit are given to the model; what a command puts there is not, nor on going on', async () => {
    const repository = makeRepository({ 'AGENTS.md': 'Follow the base.\n', 'sum.js': '1\n' });
    repository.write('AGENTS.md', 'Follow the working tree.\n');
    const first = await run(
      [shellTurn('echo "Follow the command." >AGENTS.md; cp AGENTS.md CLAUDE.md; cat AGENTS.md')],
      {
        repository,
      },
    );
    expect(first.code, first.stderr).toBe(0);
    expect(first.requests.at(-1)?.toolResults[0]?.text).toContain('Follow the command.');
    const { home, server } = first;
    const second = await runDrydock(['resume', 'last', 'Go on'], { home, cwd: repository.dir, env: server.env });
    expect(second.code, second.stderr).toBe(0);
    expect(server.journal).toHaveLength(3);
    for (const { raw } of first.requests) {
      const { messages, system, input, instructions, ...rest } = raw;
      const asked = JSON.stringify(system ?? instructions ?? rest);
      expect(asked).toContain('Follow the base.');
      expect(asked).not.toContain('Follow the working tree.');
      expect(asked).not.toContain('Follow the command.');
      expect([messages, input]).not.toEqual([undefined, undefined]);
    }
  });
});

describe('settings', () => {
  const look = 'ls /sys/class/net; grep CapEff /proc/self/status; id -u; env';

  it('in a repository open nothing; the command line opens the network', async () => {
    const wide = { network: 'full', sandbox: 'host', privileged: true, env: ['HOME'], mounts: ['/:/host'] };
    const text = JSON.stringify(wide);
    const names = [
      '.drydock.json',
      'drydock.json',
      '.drydock/config.json',
      '.drydock/settings.json',
      '.devcontainer.json',
    ];
    const repository = makeRepository({
      ...Object.fromEntries(names.map((name) => [name, text])),
      'package.json': JSON.stringify({ drydock: wide }),
      '.env': 'DRYDOCK_NETWORK=full\nDRYDOCK_SANDBOX=host\n',
    });
    const planted = await run([shellTurn(look)], { repository });
    const asked = await run([shellTurn(look)], { repository, args: ['--network', 'full'] });
    const [closed, open] = [planted, asked].map(({ requests }) => requests[1]?.toolResults[0]?.text ?? '');
    expect(open).toMatch(/^eth0$/m);
    expect(closed).toMatch(/^lo$/m);
    expect(closed).not.toMatch(/^eth0$/m);
    expect(closed).toMatch(/^CapEff:\t0+$/m);
    expect(closed).toMatch(/^1000$/m);
    expect(closed).not.toContain('DRYDOCK_NETWORK');
  });

  it.each([
    ['--privileged'],
    ['--volume', '/:/host'],
    ['-v', '/:/host'],
    ['--mount', 'type=bind,source=/,target=/host'],
    ['--volume', '/var/run/docker.sock:/var/run/docker.sock'],
    ['--cap-add', 'ALL'],
    ['--security-opt', 'seccomp=unconfined'],
    ['--network', 'host'],
  ])('no option gives the host away: %s is refused by name', async (...args) => {
    const { code, stderr } = await runDrydock(['run', 'x', ...args], {
      cwd: makeRepository().dir,
      home: temporaryFolder(),
      env: { ANTHROPIC_API_KEY: 'never-used' },
    });
    expect(code).toBe(2);
    expect(stderr).toContain(args[0] ?? '');
  });
});
