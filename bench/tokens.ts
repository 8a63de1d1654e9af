/**
 * `npm run bench:tokens`: how near the tokens that Drydock predicts for a request come to those that a provider reports. The
 * real adapters talk over HTTP to a server that counts what arrives with a tokenizer of its own; the prediction is the
 * loop's. The figure is the prediction's error, in percent of what was reported.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemPrompt } from '../agent/prompt.ts';
import {
  type Calibration,
  calibrate,
  createModel,
  estimateRequest,
  estimateTokens,
  type Message,
  predictTokens,
  resolveModel,
} from '../models/index.ts';
import { protocolOf } from '../test/model-request.ts';
import { startModelServer } from '../test/model-server.ts';
import { defaultTools, toolSpecs } from '../tools/index.ts';
import { bodyTokens, type Count } from './body-tokens.ts';
import { machine, printTable } from './measure.ts';
import { LANGUAGES, MAKERS, type Random, randomFrom } from './texts.ts';
import { cl100kTokens, claudeTokens, o200kTokens } from './tokenizers.ts';

const REQUESTS = 20;
const SEEDS = [1, 2, 3];
/** From so few to so many characters a result: a short command, or a file as it is clipped. */
const RESULT_CHARACTERS: [least: number, most: number] = [1500, 7500];

/** A provider's protocol, with the tokenizer that stands for its own. */
const SHAPES: { name: string; model: string; count: Count }[] = [
  { name: 'Anthropic Messages, Claude 2', model: 'anthropic:claude-sonnet-5-5', count: claudeTokens },
  { name: 'Anthropic Messages, cl100k', model: 'anthropic:claude-sonnet-5-5', count: cl100kTokens },
  { name: 'OpenAI Responses, o200k', model: 'openai:gpt-6.2-sol', count: o200kTokens },
  { name: 'OpenAI Chat, o200k', model: 'openai-chat:gpt-6.1-sol', count: o200kTokens },
];

/** What the results of a conversation are made of, one kind a result in turn; a list in a list: all in each. */
const CONVERSATIONS: Record<string, (string | string[])[]> = {
  ...Object.fromEntries(Object.keys(MAKERS).map((kind) => [kind, [kind]])),
  'code, prose and logs in turn': ['code', 'prose', 'logs'],
  'all kinds in each result': [['code', 'prose', 'logs', 'JSON', 'Chinese', 'Russian']],
  'all kinds in turn': ['code', 'prose', 'logs', 'JSON', 'Chinese', 'Russian'],
  'a language a result': LANGUAGES,
};

const system = systemPrompt({
  workspace: '/workspace',
  prefix: '',
  backend: 'docker',
  network: 'none',
  allow: [],
  verify: 'npm test',
  instructions: [
    { path: 'AGENTS.md', text: readFileSync(join(import.meta.dirname, '../AGENTS.md'), 'utf8'), truncated: false },
  ],
  skills: null,
});

function resultText(random: Random, kinds: string | string[]): string {
  const [least, most] = RESULT_CHARACTERS;
  const size = Math.floor(least + random() * (most - least));
  const list = typeof kinds === 'string' ? [kinds] : kinds;
  return list.map((kind) => MAKERS[kind]?.(random, Math.floor(size / list.length)) ?? '').join('\n');
}

/** The errors of one conversation's predictions, request by request, as shares of what was reported. */
async function errorsOf(shape: (typeof SHAPES)[number], kinds: (string | string[])[], seed: number): Promise<number[]> {
  const random = randomFrom(seed);
  const server = await startModelServer((turn, { protocol, raw }) => ({
    text: turn % 3 === 0 ? `Looking at part ${turn} next.` : '',
    toolCalls: [{ name: 'shell', arguments: { command: `sed -n ${turn},${turn * 40 + 80}p src/part-${turn}.ts` } }],
    usage: { inputTokens: bodyTokens(protocol, raw, shape.count) },
  }));
  try {
    const resolved = resolveModel(shape.model);
    const model = await createModel(resolved, server.env);
    const tools = toolSpecs(defaultTools(resolved.editTool));
    const messages: Message[] = [
      { role: 'user', content: [{ type: 'text', text: 'The build takes four minutes. Find out why, and mend it.' }] },
    ];
    const errors: number[] = [];
    let calibration: Calibration | null = null;
    for (let turn = 0; turn < REQUESTS; turn += 1) {
      const request = { system, tools, messages: [...messages], maxOutputTokens: 8000 };
      const raw = estimateRequest(request);
      const predicted = predictTokens(calibration, raw);
      for await (const event of model.stream(request, new AbortController().signal)) {
        if (event.type !== 'done') continue;
        const { message, usage, error } = event.response;
        if (error) throw new Error(error.message);
        errors.push(predicted / usage.inputTokens - 1);
        calibration = calibrate(calibration, raw, usage.inputTokens);
        messages.push(message);
        for (const part of message.content) {
          if (part.type !== 'tool_call') continue;
          const text = resultText(random, kinds[turn % kinds.length] ?? []);
          messages.push({ role: 'tool', callId: part.id, content: [{ type: 'text', text }], isError: false });
        }
      }
    }
    if (server.journal.length !== REQUESTS || server.journal.some(({ path }) => protocolOf(path) === null)) {
      throw new Error(`${server.journal.length} requests came, not ${REQUESTS}`);
    }
    return errors;
  } finally {
    await server.close();
  }
}

const percent = (share: number) => (share * 100).toFixed(1);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** The one farthest from zero. */
const worst = (values: readonly number[]) =>
  values.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);

console.log(`${machine()}\n`);

console.log('The raw count of a text, before any report, against each tokenizer (error in %):\n');
const sample = (kind: string) => {
  const random = randomFrom(99);
  return Array.from({ length: 12 }, () => resultText(random, kind)).join('\n');
};
printTable(
  ['text', 'characters', 'o200k', 'cl100k', 'Claude 2', 'bytes / 4 against o200k'],
  Object.keys(MAKERS).map((kind) => {
    const text = sample(kind);
    const error = (estimate: number, count: Count) => percent(estimate / count(text) - 1);
    const counts = [o200kTokens, cl100kTokens, claudeTokens].map((count) => error(estimateTokens(text), count));
    return [kind, `${text.length}`, ...counts, error(Buffer.byteLength(text) / 4, o200kTokens)];
  }),
);

const everything = Object.keys(MAKERS).map(sample).join('\n').repeat(8);
const megabytes = Buffer.byteLength(everything) / 1e6;
estimateTokens(everything);
const startedAt = performance.now();
estimateTokens(everything);
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `\nThe estimate reads ${(megabytes / seconds).toFixed(0)} MB/s (${megabytes.toFixed(1)} MB in ${seconds.toFixed(3)} s).\n`,
);

console.log(
  `The prediction of each request of a conversation of ${REQUESTS} (error in %; of ${SEEDS.length} seeds the worst, the mean over all):\n`,
);
const rows: string[][] = [];
for (const shape of SHAPES) {
  for (const [name, kinds] of Object.entries(CONVERSATIONS)) {
    const runs: number[][] = [];
    for (const seed of SEEDS) runs.push(await errorsOf(shape, kinds, seed));
    const later = runs.flatMap((errors) => errors.slice(3));
    const at = (index: number) => percent(worst(runs.map((errors) => errors[index] ?? Number.NaN)));
    const size = percent(Math.abs(worst(later)));
    rows.push([shape.name, name, at(0), at(1), at(2), at(3), size, percent(mean(later.map(Math.abs)))]);
  }
}
printTable(['provider', 'results', '1st', '2nd', '3rd', '4th', 'most, 4th to 20th', 'mean, 4th to 20th'], rows);
