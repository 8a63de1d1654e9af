/** Other agents in an eval: a command line in the task's container, whose key never gets there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { answerSuite, configuration } from './eval-suite.ts';
import { runDrydock, serve, temporaryFolder } from './harness.ts';

const reportOf = (out: string) => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));

/** An agent of a few lines: it asks a model for the answer, and tells what it has seen of its surroundings. */
const AGENT = `import json, os, urllib.request
problem = open(os.environ['DRYDOCK_PROBLEM']).read()
body = {'model': 'm', 'stream': True, 'messages': [{'role': 'user', 'content': problem}]}
headers = {'Authorization': 'Bearer ' + os.environ['OPENAI_API_KEY'], 'X-Api-Key': 'mine', 'Content-Type': 'application/json'}
url = os.environ['OPENAI_BASE_URL'] + '/chat/completions'
answer = urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers), timeout=20)
lines = [json.loads(line[6:]) for line in answer.read().decode().split('\\n') if line.startswith('data: {')]
said = ''.join(choice['delta'].get('content') or '' for line in lines for choice in line['choices'])
if 'right' in said: open('answer.txt', 'w').write('right\\n')
`;

it('is graded as ours are, and reaches nothing but the model, with a key that it never sees', async () => {
  const server = await serve((_turn, request) => ({
    text: request.lastUserText.includes('apple') ? 'right' : 'nothing',
  }));
  const agent = configuration(
    'other',
    `command: |
  cat >/tmp/agent.py <<'END'
${AGENT.replace(/^/gm, '  ').trimEnd()}
  END
  python3 /tmp/agent.py
  curl -sSf --max-time 5 http://example.com/ && echo reached
  env; cat /proc/*/environ | tr '\\0' '\\n'
provider: openai
model: m
env: {MODE: quick}
timeout: 60s
`,
  );
  const out = join(temporaryFolder(), 'run');
  const args = ['eval', 'run', answerSuite(['apple', 'pear']), '--command', agent, '--agent', 'gold', '--out', out];
  const { code } = await runDrydock(args, { env: server.env });
  expect(code).toBe(0);
  expect(reportOf(out).agents).toMatchObject([
    { name: 'other', kind: 'command', models: ['m'], ofCounted: { resolved: 1, of: 2 } },
    { name: 'gold', ofCounted: { resolved: 2, of: 2 } },
  ]);
  const { headers } = server.journal[0] ?? {};
  expect(headers).toMatchObject({ authorization: `Bearer ${server.env.OPENAI_API_KEY}` });
  expect(headers).not.toHaveProperty('x-api-key');
  const log = readFileSync(join(out, 'trials/other/apple/1/agent.log'), 'utf8');
  expect(log).toContain('MODE=quick');
  expect(log).not.toContain(server.env.OPENAI_API_KEY);
  expect(log).not.toContain('reached');
});

it('says what is wrong with a file that tells of no command', async () => {
  const { code, stderr } = await runDrydock([
    'eval',
    'run',
    answerSuite(['apple']),
    '--command',
    configuration('other', 'comand: x\n'),
  ]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^drydock: .*other\.yaml: .*command.* — docs\/evals\.md says what --command takes\n$/),
  ]);
});
