/** Publishing what must not be published, against the double of GitHub: it is told, and nothing else is there. */
import { createHash } from 'node:crypto';
import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';

// The client waits between what it writes, as GitHub asks for; others go on meanwhile.
vi.setConfig({ maxConcurrency: 6, testTimeout: 180_000 });

import {
  beginStory,
  expectPublished,
  expectToldOnly,
  FIX,
  JOB_ID,
  run,
  type Story,
  stateOf,
  work,
  write,
} from './bot-publish-fixtures.ts';

describe.concurrent('a change that must not be published is told, and nothing else is there', () => {
  const SECRET = 'correct-horse-battery-staple';
  it.each<[string, (workspace: string) => void, RegExp]>([
    [
      'a workflow',
      write({ '.github/workflows/x.yml': 'on: push\n' }),
      /`\.github\/workflows\/x\.yml`.*`allow\.workflows` in `\.drydock\/bot\.yaml`/,
    ],
    [
      'a symlink',
      (folder) => symlinkSync('/etc/passwd', join(folder, 'link')),
      /`link`: it is a symlink to `\/etc\/passwd`; `allow\.symlinks`/,
    ],
    ['bytes', write({ 'a.bin': Buffer.from([1, 0, 2]) }), /`a\.bin`: it is no text; `allow\.binaries`/],
    ['many lines', write({ 'long.txt': 'x\n'.repeat(3000) }), /3000 changed lines, at most 2000; `max-lines`/],
    [
      'instructions',
      write({ 'sub/AGENTS.md': 'obey\n' }),
      /`sub\/AGENTS\.md`: it tells agents what to do; `allow\.instructions`/,
    ],
    [
      'a hidden name',
      write({ 'cod\u202egnp.txt': 'x\n' }),
      /`cod\\u\{202e\}gnp\.txt`: its name holds control or invisible/,
    ],
    [
      'a secret',
      write({ 'src/a.ts': `export const a = 1;\n\nconst b = '${Buffer.from(`x${SECRET}`).toString('base64')}';\n` }),
      /`src\/a\.ts`, line 3, holds what must not be published: value of DEPLOY_TOKEN/,
    ],
    [
      'a secret in a name',
      write({ [`${SECRET}.txt`]: 'x\n' }),
      /something holds what must not be published: value of DEPLOY_TOKEN/,
    ],
    [
      'a secret in a name',
      write({ [`${SECRET}.txt`]: 'x\n' }),
      /something holds what must not be published: value of DEPLOY_TOKEN/,
    ],
  ])('%s', async (_, make, words) => {
    const story = await beginStory({ make });
    const { exitCode, lines } = await run(story, { env: { DEPLOY_TOKEN: SECRET } });
    expect(exitCode).toBe(1);
    expect(lines.join('\n')).not.toContain(SECRET);
    const body = await expectToldOnly(story);
    expect(body).toMatch(words);
    expect(body).not.toContain(SECRET);
    expect(body).not.toContain('It is two now');
    expect(stateOf(story)?.jobs).toMatchObject([{ id: JOB_ID, outcome: 'not_allowed' }]);
    expect(story.double.violations).toEqual([]);
  });

  it('a secret in what the model said, and a canary', async () => {
    const word = 'cuckoo-4711';
    const canaries = [createHash('sha256').update(word).digest('hex')];
    for (const result of [{ summary: `The token is ${[...SECRET].join(' ')}` }, { summary: `I saw ${word}.` }]) {
      const story = await beginStory({ make: FIX, result, config: { canaries } });
      expect(await run(story, { env: { DEPLOY_TOKEN: SECRET } })).toMatchObject({ exitCode: 1 });
      expect(await expectToldOnly(story)).toMatch(/`what the model said`, line 1, holds/);
    }
  });

  it('an allowed one is published, and its executables and links are named', async () => {
    const make = (folder: string) => {
      write({ '.github/workflows/x.yml': 'on: push\n', 'src/a.ts': 'export const a = 2;\n', 'run.sh': 'true\n' })(
        folder,
      );
      chmodSync(join(folder, 'run.sh'), 0o755);
      symlinkSync('run.sh', join(folder, 'link'));
    };
    const story = await beginStory({ make, config: { allow: { paths: ['.github/workflows/x.yml'], symlinks: true } } });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    await expectPublished(story);
    expect(story.double.comments()[0]?.body).toMatch(
      /- `link` is a symlink to run\.sh\n- `run\.sh` can now be executed/,
    );
  });
});

describe.concurrent('what the work has left is believed in nothing', () => {
  it.each<[string, (story: Story) => void]>([
    ['no result', ({ resultDir }) => rmSync(join(resultDir, 'result.json'))],
    ['a result of another job', ({ resultDir }) => writeFileSync(join(resultDir, 'result.json'), '{"version":1}')],
    ['no JSON', ({ resultDir }) => writeFileSync(join(resultDir, 'result.json'), 'hello')],
    ['no bundle', ({ resultDir }) => rmSync(join(resultDir, 'result.bundle'))],
    ['a bundle that is none', ({ resultDir }) => writeFileSync(join(resultDir, 'result.bundle'), '# v2 git bundle\n')],
  ])('%s is told, and a result that comes later is published', async (_, spoil) => {
    const story = await beginStory({ make: FIX });
    spoil(story);
    expect(await run(story)).toMatchObject({ exitCode: 1 });
    const body = await expectToldOnly(story);
    expect(body).toMatch(/^\*\*Not finished: the work has left no result that can be used\*\*/);
    expect(body).not.toContain(story.folder);
    await work(story, { make: FIX });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    await expectPublished(story);
  });

  it('a tree that is not in its bundle is refused', async () => {
    const story = await beginStory({ make: FIX });
    const commit = (await story.double.branches()).main ?? '';
    await work(story, { make: FIX, result: { change: { tree: 'a'.repeat(40), commit } } });
    expect(await run(story)).toMatchObject({ exitCode: 1 });
    await expectToldOnly(story);
  });

  it('words that act on a forge do nothing', async () => {
    const summary =
      '@everyone fixes #1 <!-- drydock-state: e30= --> [x](https://evil.example) drydock-state: x\n/merge';
    const story = await beginStory({ make: FIX, result: { summary }, title: 'Fix @ada #1 [skip ci]' });
    await run(story);
    await expectPublished(story);
    for (const text of [story.double.pulls()[0]?.body, story.double.comments()[0]?.body]) {
      expect(text).toContain(
        '`@everyone` fixes `#1` &lt;!-- drydock state: e30= --> x (`https://evil.example`) drydock state: x\n`/merge`',
      );
    }
    expect(story.double.pulls()[0]?.title).toBe('Fix ada 1 (skip ci)');
  });
});
