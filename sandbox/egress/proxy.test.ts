/** The proxy over real sockets on the host's loopback; the network that it sees is the test's. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NetworkEvent } from '../sandbox.ts';
import type { Network } from './dial.ts';
import { clientHello } from './fixtures.ts';
import { createEgress } from './proxy.ts';

const PUBLIC = '93.184.215.14';

function portOf(listener: { address(): AddressInfo | string | null }): number {
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

type Seen = { method: string; url: string; host: string; body: string };
const seen: Seen[] = [];
const events: NetworkEvent[] = [];
const dialled: string[] = [];
let addresses: string[] = [];
let resolve: Network['resolve'] = async () => addresses;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

let arrived = 0;
const server = createServer(async (request, response) => {
  arrived += 1;
  // Null where the client broke off, which some tests have it do.
  const body = await bodyOf(request).catch(() => null);
  if (body === null) return;
  seen.push({ method: request.method ?? '', url: request.url ?? '', host: request.headers.host ?? '', body });
  if (request.url === '/breaks') {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half');
    response.socket?.resetAndDestroy();
  } else response.end(`served ${body}`);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
const port = portOf(server);

const network: Network = {
  resolve: (host) => resolve(host),
  connect(address, wanted): Socket {
    dialled.push(`${address} ${wanted}`);
    return connect({ host: '127.0.0.1', port: address === '93.184.215.1' ? 1 : port });
  },
};
const egress = createEgress({
  allow: ['ok.example.com', '*.wild.example.com:8080'],
  deny: ['denied.wild.example.com'],
  onEvent: (event) => events.push(event),
  network,
});
const served: Socket[] = [];
const proxy = createNetServer({ allowHalfOpen: true }, (socket) => {
  served.push(socket);
  egress.serve(socket);
}).listen(0, '127.0.0.1');
await once(proxy, 'listening');
const proxyPort = portOf(proxy);

afterAll(() => {
  egress.close();
  proxy.close();
  server.close();
});
beforeEach(() => {
  seen.length = events.length = dialled.length = 0;
  addresses = [PUBLIC];
  resolve = async () => addresses;
});

/** Sends bytes to the proxy and gives all that comes back; `then` is sent after the first answer. */
async function exchange(bytes: string, then?: string | Buffer): Promise<string> {
  const socket = connect({ port: proxyPort, host: '127.0.0.1' });
  socket.write(bytes, 'latin1');
  let answer = '';
  socket.once('data', () => then !== undefined && socket.end(then));
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  return answer;
}

/** The verdicts of the events so far. */
const verdicts = () => events.map((event) => (event.type === 'network.connection' ? event.verdict : event.type));

const get = (host: string, more = '') => `GET http://${host}/x HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;

describe('a plain request', () => {
  it('to an allowed host is served, and told with its bytes', async () => {
    const answer = await exchange(
      `POST http://OK.example.com/a?b HTTP/1.1\r\nHost: ok.example.com\r\nContent-Length: 4\r\n\r\nbody`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nserved body$/s);
    expect(seen).toEqual([{ method: 'POST', url: '/a?b', host: 'ok.example.com', body: 'body' }]);
    expect(dialled).toEqual([`${PUBLIC} 80`]);
    expect(events).toEqual([
      expect.objectContaining({ host: 'ok.example.com', port: 80, address: PUBLIC, verdict: 'allowed', reason: '' }),
    ]);
    const [event] = events;
    expect(event?.type === 'network.connection' && event.bytesUp > 50 && event.bytesDown > 50).toBe(true);
  });

  it('with a body in chunks reaches the server whole', async () => {
    const chunks = 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n';
    expect(await exchange(get('ok.example.com', chunks))).toContain('served abcde');
  });

  it('that follows another on the same connection is judged for itself', async () => {
    const answer = await exchange(get('ok.example.com') + get('evil.example.com'));
    expect(answer).toContain('served');
    expect(seen).toHaveLength(1);
    expect(seen[0]?.host).toBe('ok.example.com');
  });

  it('whose answer breaks off breaks off', async () => {
    const answer = await exchange(`GET http://ok.example.com/breaks HTTP/1.1\r\nHost: ok.example.com\r\n\r\n`);
    expect(answer.endsWith('half') || answer.startsWith('HTTP/1.1 502')).toBe(true);
  });

  it.each([
    ['an unlisted host', 'evil.example.com', 403],
    ['an unlisted port', 'ok.example.com:8080', 403],
    ['a denied host that is allowed', 'denied.wild.example.com:8080', 403],
    ['a name below an exact rule', 'a.ok.example.com', 403],
    ['the name of a wildcard rule itself', 'wild.example.com:8080', 403],
    ['an address', PUBLIC, 400],
    ['the metadata address', '169.254.169.254', 400],
    ['loopback', 'localhost', 400],
    ['a dot at the end', 'ok.example.com.', 400],
    ['an address in decimal', '2852039166', 400],
    ['an address in hex', '0xa9fea9fe', 400],
    ['an IPv6 address', '[fd00:ec2::254]', 400],
  ])('to %s is refused with the reason and the way out, and nothing is looked up', async (_, host, status) => {
    resolve = () => Promise.reject(new Error('looked up'));
    const answer = await exchange(get(host));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} Drydock: .*\r\n`));
    expect(answer).toContain("Drydock's network policy refused this: ");
    expect(answer).toContain('Only these hosts can be reached: ok.example.com, *.wild.example.com:8080.');
    expect(answer).toContain('drydock run --allow HOST[:PORT]');
    expect([seen, dialled, verdicts()]).toEqual([[], [], ['denied']]);
  });

  it('to a name below a wildcard rule is served at its port', async () => {
    expect(await exchange(get('a.b.wild.example.com:8080'))).toContain('served');
    expect(dialled).toEqual([`${PUBLIC} 8080`]);
  });
});

describe('what two readers could read differently reaches no server', () => {
  const smuggled = 'GET /admin HTTP/1.1\r\nHost: evil.example.com\r\n\r\n';

  it.each([
    ['two lengths', 'Content-Length: 0\r\nContent-Length: 52\r\n'],
    ['two equal lengths', 'Content-Length: 52\r\nContent-Length: 52\r\n'],
    ['a length and an encoding', 'Content-Length: 52\r\nTransfer-Encoding: chunked\r\n'],
    ['an encoding and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 52\r\n'],
    ['two encodings', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n'],
    ['another encoding', 'Transfer-Encoding: xchunked\r\n'],
    ['a list of lengths', 'Content-Length: 0, 52\r\n'],
    ['a signed length', 'Content-Length: +0\r\n'],
    ['a blank before the colon', 'Content-Length : 52\r\n'],
    ['a folded line', 'Transfer-Encoding:\r\n chunked\r\n'],
    ['a line feed alone', 'X: y\nContent-Length: 52\r\n'],
    ['a carriage return in a value', 'X: y\rContent-Length: 52\r\n'],
    ['a NUL in a value', 'X: a\0b\r\n'],
    ['a second Host', 'Host: evil.example.com\r\n'],
    ['a name with a blank in it', 'X y: z\r\n'],
    ['a head without end', `X: ${'y'.repeat(20_000)}\r\n`],
  ])('%s', async (_, header) => {
    const answer = await exchange(get('ok.example.com', header) + smuggled);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect([seen, dialled]).toEqual([[], []]);
    expect(verdicts()[0]).toBe('denied');
    // The same client without the header is served.
    expect(await exchange(get('ok.example.com'))).toContain('served');
  });

  it.each([
    ['another Host', 'GET http://ok.example.com/ HTTP/1.1\r\nHost: evil.example.com\r\n\r\n'],
    ['no Host', 'GET http://ok.example.com/ HTTP/1.1\r\n\r\n'],
    ['a user', 'GET http://ok.example.com@evil.example.com/ HTTP/1.1\r\nHost: evil.example.com\r\n\r\n'],
    ['a path only', 'GET / HTTP/1.1\r\nHost: ok.example.com\r\n\r\n'],
    ['https without a tunnel', 'GET https://ok.example.com/ HTTP/1.1\r\nHost: ok.example.com\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('%s', async (_, request) => {
    expect(await exchange(request)).toMatch(/^HTTP\/1\.1 400 /);
    expect([seen, dialled]).toEqual([[], []]);
  });

  it('an Upgrade and an Expect are answered or dropped, not passed on', async () => {
    const headers =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\nExpect: 100-continue\r\n';
    expect(await exchange(get('ok.example.com', headers))).toContain('served');
  });
});

describe('a name', () => {
  it.each([
    ['127.0.0.1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['::1'],
    ['::ffff:93.184.215.14'],
    ['fd00:ec2::254'],
    ['64:ff9b::a9fe:a9fe'],
  ])('that leads to %s is refused, and nothing is connected to', async (address) => {
    addresses = [address];
    const answer = await exchange(get('ok.example.com'));
    expect(answer).toMatch(/^HTTP\/1\.1 403 Drydock: ok\.example\.com has no public address/);
    expect([seen, dialled]).toEqual([[], []]);
    expect(events).toEqual([expect.objectContaining({ verdict: 'denied', address })]);
  });

  it('that changes its address between two requests is judged each time, by the address that is connected to', async () => {
    const answers = [[PUBLIC], ['127.0.0.1']];
    resolve = async () => answers.shift() ?? [];
    expect(await exchange(get('ok.example.com'))).toContain('served');
    expect(await exchange(get('ok.example.com'))).toContain('has no public address (127.0.0.1)');
    expect(dialled).toEqual([`${PUBLIC} 80`]);
  });

  it('with private and public addresses is reached at a public one; one that does not answer is passed over', async () => {
    addresses = ['10.0.0.1', '93.184.215.1', PUBLIC];
    expect(await exchange(get('ok.example.com'))).toContain('served');
    expect(dialled).toEqual(['93.184.215.1 80', `${PUBLIC} 80`]);
  });

  it('that is not known, or not reached, has failed, which is no refusal', async () => {
    resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    expect(await exchange(get('ok.example.com'))).toMatch(/^HTTP\/1\.1 502 .*cannot be resolved \(ENOTFOUND\)/);
    addresses = ['93.184.215.1'];
    resolve = async () => addresses;
    expect(await exchange(get('ok.example.com'))).toMatch(/^HTTP\/1\.1 502 .*cannot be reached \(ECONNREFUSED\)/);
    expect(verdicts()).toEqual(['failed', 'failed']);
  });
});

describe('a tunnel', () => {
  it.each([
    ['an unlisted host', 'evil.example.com:443', 403],
    ['an odd port', 'ok.example.com:22', 403],
    ['no port', 'ok.example.com', 400],
    ['a NUL', 'ok.example.com\0.evil.example.com:443', 400],
    ['a user', 'ok.example.com@evil.example.com:443', 400],
    ['an address', '169.254.169.254:80', 400],
    ['an IPv6 address', '[::1]:443', 400],
  ])('to %s is refused', async (_, target, status) => {
    expect(await exchange(`CONNECT ${target} HTTP/1.1\r\n\r\n`)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect([dialled, verdicts()]).toEqual([[], ['denied']]);
  });

  it('carries no bytes but TLS for its host: what is sent in the clear never reaches the server', async () => {
    const answer = await exchange(
      'CONNECT ok.example.com:80 HTTP/1.1\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: evil.com\r\n\r\n',
    );
    // The client is told with a TLS alert.
    expect(answer).toBe('HTTP/1.1 200 Connection established\r\n\r\n\x15\x03\x01\x00\x02\x02p');
    expect(seen).toEqual([]);
    expect(events).toEqual([
      expect.objectContaining({ verdict: 'denied', reason: expect.stringContaining('not TLS') }),
    ]);
  });
});

describe('an open tunnel', () => {
  /** A tunnel to a server of this kind, with the client's end of it. */
  async function tunnelTo(serve: (socket: Socket) => void) {
    const target = createNetServer(serve).listen(0, '127.0.0.1');
    await once(target, 'listening');
    const other = createEgress({
      allow: ['ok.example.com'],
      onEvent: (event) => events.push(event),
      network: { ...network, connect: () => connect({ host: '127.0.0.1', port: portOf(target) }) },
    });
    const [near, far] = duplexPair();
    other.serve(near);
    far.write('CONNECT ok.example.com:443 HTTP/1.1\r\n\r\n');
    await once(far, 'data');
    far.pause();
    const hello = await clientHello('ok.example.com');
    far.write(hello);
    return { near, far, hello, end: () => [other.close(), target.close()] };
  }

  it('gives a client that reads late all that a server sent before it closed', async () => {
    let upstream: Socket | undefined;
    const { near, far, end } = await tunnelTo((socket) => {
      upstream = socket;
      socket.once('data', () => socket.end(Buffer.alloc(20_000, 'x')));
      socket.resume();
    });
    await vi.waitFor(() => expect([upstream?.destroyed, near.writableEnded]).toEqual([true, true]));
    let size = 0;
    for await (const chunk of far) size += chunk.length;
    expect(size).toBe(20_000);
    end();
  });

  it('passes the end of a client on, and goes on with the answer', async () => {
    const { far, hello, end } = await tunnelTo((socket) => {
      let size = 0;
      socket.on('data', (chunk) => {
        size += chunk.length;
      });
      socket.on('end', () => socket.end(`got ${size}`));
    });
    far.end('more');
    let said = '';
    for await (const chunk of far) said += chunk;
    expect(said).toBe(`got ${hello.length + 4}`);
    await vi.waitFor(() => expect(verdicts()).toEqual(['allowed']));
    expect(events).toEqual([expect.objectContaining({ bytesUp: hello.length + 4 })]);
    end();
  });

  it('breaks off where the server breaks off', async () => {
    const { near, end } = await tunnelTo((socket) => socket.once('data', () => socket.resetAndDestroy()));
    await vi.waitFor(() => expect(near.destroyed).toBe(true));
    end();
  });
});

it('a client that does not say what it wants is ended after half a minute; one that has said it is not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const before = served.length;
    arrived = 0;
    const [silent, busy] = [0, 1].map(() => connect({ port: proxyPort, host: '127.0.0.1' }));
    for (const socket of [silent, busy]) socket?.on('error', () => undefined);
    silent?.write('GET http://ok.');
    busy?.write('POST http://ok.example.com/waits HTTP/1.1\r\nHost: ok.example.com\r\nContent-Length: 9\r\n\r\n');
    while (arrived === 0 || served.length < before + 2) await new Promise((done) => setImmediate(done));
    vi.advanceTimersByTime(31_000);
    if (silent) await once(silent, 'close');
    expect(served.slice(before).filter((socket) => socket.destroyed)).toHaveLength(1);
    busy?.destroy();
  } finally {
    vi.useRealTimers();
  }
});

it('the end of the proxy ends its connections and tells of them', async () => {
  const heard: NetworkEvent[] = [];
  const other = createEgress({ allow: ['ok.example.com'], onEvent: (event) => heard.push(event), network });
  const listener = createNetServer((socket) => other.serve(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect({ port: portOf(listener), host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write('CONNECT ok.example.com:443 HTTP/1.1\r\n\r\n');
  await once(socket, 'data');
  other.close();
  expect(heard).toEqual([expect.objectContaining({ host: 'ok.example.com', verdict: 'failed' })]);
  await once(socket, 'close');
  listener.close();
});
