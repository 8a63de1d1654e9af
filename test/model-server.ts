/**
 * A scripted model on the loopback that speaks Anthropic Messages, OpenAI Responses and Chat Completions over real HTTP
 * with real SSE, from one script that knows none of them. It has no latency of its own, and writes down every request.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CANARY } from './canaries.ts';
import { untilCut } from './model-cut.ts';
import { isRecord, type Protocol, protocolOf, type ScriptedRequest, viewOf } from './model-request.ts';
import { errorEvent, type ScriptedTurn, type SseEvent, toEvents } from './model-wire.ts';

export type { Protocol, ScriptedRequest } from './model-request.ts';
export type { ScriptedCall, ScriptedTurn, ScriptedUsage } from './model-wire.ts';

/** `turn` counts the server's requests from 0, failed ones too. */
export type Script = (turn: number, request: ScriptedRequest) => ScriptedTurn | Promise<ScriptedTurn>;

/** One request as it came. `atMs` and `repliedAtMs` are `performance.now()` at its arrival and at the reply's end. */
export type JournalEntry = {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  atMs: number;
  repliedAtMs: number | null;
};

export type ModelServer = {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** What to put into the environment so that every provider is this server. The keys are canaries. */
  env: { ANTHROPIC_BASE_URL: string; ANTHROPIC_API_KEY: string; OPENAI_BASE_URL: string; OPENAI_API_KEY: string };
  journal: JournalEntry[];
  close(): Promise<void>;
};

/** Starts the server on a free port of the loopback. A script that throws is answered with status 500. */
export async function startModelServer(script: Script): Promise<ModelServer> {
  const journal: JournalEntry[] = [];
  const server = createServer(async (request, response) => {
    const entry: JournalEntry = {
      path: request.url ?? '',
      headers: request.headers,
      body: '',
      atMs: performance.now(),
      repliedAtMs: null,
    };
    const turn = journal.push(entry) - 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    entry.body = Buffer.concat(chunks).toString('utf8');
    try {
      const protocol = protocolOf(entry.path);
      const raw: unknown = JSON.parse(entry.body);
      if (protocol === null || !isRecord(raw) || raw.stream !== true) {
        sendJson(response, 404, { error: { type: 'not_found_error', message: `no streaming model at ${entry.path}` } });
      } else {
        await answer(response, protocol, raw, turn, await script(turn, viewOf(protocol, raw)));
      }
    } catch (error) {
      if (!response.headersSent) sendJson(response, 500, { error: { type: 'api_error', message: String(error) } });
      else response.destroy();
    }
    entry.repliedAtMs = performance.now();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: `${CANARY}-anthropic`,
      OPENAI_BASE_URL: `${url}/v1`,
      OPENAI_API_KEY: `${CANARY}-openai`,
    },
    journal,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  response: ServerResponse,
  protocol: Protocol,
  raw: Record<string, unknown>,
  turn: number,
  scripted: ScriptedTurn,
): Promise<void> {
  const { error } = scripted;
  if (scripted.delayMs !== undefined) await sleep(scripted.delayMs);
  if (error !== undefined && error.status !== 200) {
    sendJson(response, error.status, error.body, error.headers);
    return;
  }
  const events = toEvents(protocol, scripted, { turn, raw });
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': `req_${turn}`,
  });
  if (error !== undefined) {
    for (const event of [...untilCut(events, 'half'), errorEvent(protocol, error.body)]) response.write(encode(event));
    response.end();
  } else if (scripted.stalls) {
    response.write(untilCut(events, 'half').map(encode).join(''));
    await new Promise((resolve) => response.on('close', resolve));
  } else if (scripted.cut) {
    const begun = untilCut(events, scripted.cut);
    // Only when the bytes are out may the socket go, or the client sees a refused request, not a cut stream.
    await new Promise<void>((resolve) => response.write(begun.map(encode).join(''), () => resolve()));
    response.destroy();
  } else {
    for (const event of events) response.write(encode(event));
    response.end();
  }
}

function encode({ event, data }: SseEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === null ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
