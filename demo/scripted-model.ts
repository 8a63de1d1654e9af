/**
 * The model of a demo without a key: fixed answers, served over HTTP on the loopback by aimock, which speaks the
 * provider's real protocol. Nothing is thought here; everything else in the demo (client, loop, sandbox, git) is real.
 */
import { LLMock } from '@copilotkit/aimock';

const PATCH = `*** Begin Patch
*** Update File: src/slug.js
@@
     .normalize('NFKD')
+    .replace(/\\p{M}/gu, '')
     .toLowerCase()
-    .split(/[^a-z0-9]+/);
+    .split(/[^a-z0-9]+/)
+    .filter((word) => word !== '');
@@
-  return text.slice(0, cut);
+  return text.slice(0, cut === -1 ? maxLength : cut);
*** End Patch`;

type Answer = { content: string; calls: { name: string; input: Record<string, string> }[] };

/** One answer a turn: look, patch, test, report. */
const ANSWERS: readonly Answer[] = [
  {
    content: 'I look at the code and run the tests first.',
    calls: [
      { name: 'read_file', input: { path: 'src/slug.js' } },
      { name: 'read_file', input: { path: 'test/slug.test.js' } },
      { name: 'shell', input: { command: 'node --test' } },
    ],
  },
  {
    content:
      'Three causes: split() leaves empty words at the ends, combining accents split words, and a word without a separator is cut to nothing.',
    calls: [{ name: 'apply_patch', input: { input: PATCH } }],
  },
  { content: '', calls: [{ name: 'shell', input: { command: 'node --test' } }] },
  {
    content:
      'Fixed `slug`: empty words are dropped, accents are removed before splitting, and a single long word is cut at the limit. All five tests pass.',
    calls: [],
  },
];

/** Starts the server; gives the environment that leads Drydock to it. */
export async function startScriptedModel(): Promise<{ env: Record<string, string>; stop: () => Promise<void> }> {
  const server = new LLMock({ port: 0, host: '127.0.0.1' });
  // A turn is known by how many tool results it has to look at: all those of the turns before it.
  let results = 0;
  for (const { content, calls } of ANSWERS) {
    const seen = results;
    const toolCalls = calls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) }));
    server.on(
      { predicate: (request) => request.messages.filter((message) => message.role === 'tool').length === seen },
      toolCalls.length > 0 ? { content, toolCalls } : { content },
    );
    results += calls.length;
  }
  await server.start();
  const env = { OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: 'scripted', DRYDOCK_MODEL: 'openai:gpt-6.2-sol' };
  return {
    env,
    stop: async () => {
      await server.stop();
    },
  };
}
