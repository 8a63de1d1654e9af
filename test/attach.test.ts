/** `--attach` from the command line to the request, in a new run and in a resumed one. */
import { expect, it } from 'vitest';
import { eventsOf, HOST, makeRepository, newestSession, run, runDrydock } from './harness.ts';
import { PNG } from './played-session.ts';

it('an attached image goes to the model with the words, is kept in the log, and shown as what it is', async () => {
  const repository = makeRepository({ 'picture.png': Buffer.from(PNG, 'base64') });
  const first = await run([], { repository, task: 'What is this?', args: ['-i', 'picture.png', ...HOST] });
  expect(first.code, first.stderr).toBe(0);
  const text = { type: 'text', text: 'What is this?' };
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } };
  expect(first.requests[0]?.raw.messages).toMatchObject([{ role: 'user', content: [image, text] }]);

  // Without words the work goes on.
  const more = ['resume', 'last', '--attach', 'picture.png', '--attach', 'picture.png'];
  const second = await runDrydock(more, { home: first.home, cwd: repository.dir, env: first.server.env });
  expect(second.code, second.stderr).toBe(0);
  expect(JSON.stringify(first.requests[1]?.raw).split(PNG)).toHaveLength(4);
  const prompts = eventsOf(newestSession(first.home).events, 'prompt');
  expect(prompts.map(({ content }) => content.map(({ type }) => type).join(' '))).toEqual([
    'image text',
    'image image text',
  ]);
  const story = await runDrydock(['show'], { home: first.home });
  expect(story.stdout).toContain('▶ [image]\nWhat is this?\n');

  const refused = await runDrydock(
    ['resume', 'last', '-m', 'openai-chat:local', '--context-window', '9000', '-i', 'picture.png'],
    {
      home: first.home,
      cwd: repository.dir,
      env: first.server.env,
    },
  );
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^drydock: --attach: openai-chat:local cannot see images, .* — .*\n$/);
}, 120_000);
