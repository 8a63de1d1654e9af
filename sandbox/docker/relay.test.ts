/**
 * The policy `allow` on the real engine: clients in a sandbox, and servers on this machine's loopback that stand for the
 * whole internet. Each client of an attack is seen to work where it is allowed.
 */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NetworkConnection, type NetworkEvent, SandboxError } from '../sandbox.ts';
import { createDockerSandbox, type DockerSandbox } from './create.ts';
import { isPodman, locateEngine, openEngine } from './engine.ts';
import { ensureImage } from './image.ts';
import { relayConfig, startRelay } from './relay.ts';
import { MAX_CONNECTIONS, RELAY_PORT } from './relay-program.ts';

const dockerfile = join(import.meta.dirname, '../../Dockerfile');
const docker = await locateEngine(process.env).then(openEngine);
const PUBLIC = '93.184.215.14';
const SESSION = `relay-test-${process.pid}`;

let events: NetworkEvent[] = [];
let addresses: Record<string, string[]> = {};
let secure: ReturnType<typeof createHttps>;
const plain = createHttp(answer).listen(0, '127.0.0.1');
let requests: string[] = [];
/** Bytes of an answer that the server could hand over so far. */
let handedOver = 0;

async function answer(request: IncomingMessage, response: ServerResponse) {
  requests.push(`${request.method} ${request.headers.host}${request.url}`);
  const megabytes = Number(/^\/megabytes\/(\d+)$/.exec(request.url ?? '')?.[1] ?? 0);
  if (megabytes > 0) {
    handedOver = 0;
    const blocks = (function* () {
      for (; handedOver < megabytes * 2 ** 20; handedOver += 65_536) yield Buffer.alloc(65_536, 'x');
    })();
    // A client that is killed breaks off.
    return pipeline(Readable.from(blocks), response, () => undefined);
  }
  let size = 0;
  for await (const chunk of request) size += chunk.length;
  response.end(`served ${size}\n`);
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function makeSandbox(allow: readonly string[], image: string | null = null): DockerSandbox {
  return createDockerSandbox(Promise.resolve(docker), {
    sessionId: SESSION,
    image,
    dockerfile,
    env: {},
    onProgress: () => undefined,
    network: {
      allow,
      onEvent: (event) => events.push(event),
      network: {
        resolve: async (host) => addresses[host] ?? [PUBLIC],
        connect: (_address, port) => connect({ host: '127.0.0.1', port: portOf(port === 443 ? secure : plain) }),
      },
    },
  });
}

let sandbox: DockerSandbox;
const sh = async (command: string, box = sandbox): Promise<string> => {
  const { output } = await box.exec({ command: `{ ${command}\n} 2>&1`, timeoutMs: 50_000 });
  return `${output.head}${output.tail}`;
};
const connections = () => events.filter((event): event is NetworkConnection => event.type === 'network.connection');
const relays = () =>
  docker.listContainers({ all: true, filters: { label: [`drydock.session=${SESSION}`, 'drydock.role=relay'] } });

beforeAll(async () => {
  sandbox = makeSandbox(['ok.example.com', 'moved.example.com']);
  // The sandbox's own openssl makes the certificate that its curl is told to trust.
  const pem = await sh(`cd /tmp; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
-keyout key.pem -out cert.pem -subj /CN=ok.example.com -addext subjectAltName=DNS:ok.example.com >/dev/null; cat key.pem cert.pem`);
  secure = createHttps({ key: pem, cert: pem }, answer).listen(0, '127.0.0.1');
  await once(secure, 'listening');
});
afterAll(async () => {
  await sandbox.dispose();
  secure.close();
  plain.close();
});
beforeEach(() => {
  events = [];
  requests = [];
  addresses = {};
});

describe('an allowed host', () => {
  it('is reached by plain HTTP and by TLS in a tunnel, and each connection is told', async () => {
    expect(await sh('curl -sS -d four http://ok.example.com/a')).toBe('served 4\n');
    expect(await sh('curl -sS --cacert /tmp/cert.pem https://ok.example.com/b')).toBe('served 0\n');
    expect(requests).toEqual(['POST ok.example.com/a', 'GET ok.example.com/b']);
    await vi.waitFor(() => expect(connections()).toHaveLength(2), { timeout: 20_000 });
    for (const [at, port] of [80, 443].entries()) {
      const event = connections()[at];
      expect(event).toMatchObject({ host: 'ok.example.com', port, address: PUBLIC, verdict: 'allowed', reason: '' });
      expect(event?.bytesUp).toBeGreaterThan(50);
      expect(event?.bytesDown).toBeGreaterThan(50);
    }
  });

  it('is reached by git, Python, npm and pip as the environment tells them', async () => {
    const python = "import urllib.request as r; r.urlopen('http://ok.example.com/python')";
    await sh(`git ls-remote http://ok.example.com/git; python3 -c "${python}"
npm view npm-package --registry http://ok.example.com --fetch-retries 0 &
pip download pip-package --retries 0 --trusted-host ok.example.com -i http://ok.example.com & wait`);
    for (const path of ['/git/info/refs', '/python', '/npm-package', '/pip-package/']) {
      expect(requests).toContainEqual(expect.stringContaining(`GET ok.example.com${path}`));
    }
  });

  it('is reached from an image with a shell only, through a relay of our own image', async () => {
    const box = makeSandbox(['ok.example.com'], 'drydock-test-busybox');
    try {
      expect(await sh('wget -qO- http://ok.example.com/', box)).toBe('served 0\n');
      expect(await sh('wget -qO- http://evil.example.com/', box)).toContain('403 Drydock: evil.example.com:80');
    } finally {
      await box.dispose();
    }
  });

  it('takes and gives megabytes whole, many clients at once', async () => {
    const upload = 'head -c 3M /dev/zero | curl -sS -T - http://ok.example.com/up';
    const download = 'curl -sS --cacert /tmp/cert.pem https://ok.example.com/megabytes/6 | wc -c';
    expect((await Promise.all([sh(upload), sh(download)])).join('')).toBe(`served ${3 * 2 ** 20}\n${6 * 2 ** 20}\n`);
    // More than the relay serves at once: the others wait.
    const many = `for i in $(seq ${MAX_CONNECTIONS + 8}); do curl -sS http://ok.example.com/$i & done | sort | uniq -c`;
    expect((await sh(many)).trim()).toBe(`${MAX_CONNECTIONS + 8} served 0`);
  });

  it('is not read ahead of a client that does not read, and other clients go on', async () => {
    handedOver = 0;
    const slow = await sandbox.spawn({ command: 'curl -sS http://ok.example.com/megabytes/64 | sleep 300' });
    await vi.waitFor(() => expect(handedOver).toBeGreaterThan(0), { timeout: 20_000 });
    let before = -1;
    while (before !== handedOver) {
      before = handedOver;
      expect(await sh('curl -sS http://ok.example.com/other')).toBe('served 0\n');
    }
    // The kernel's buffers on the way hold some megabytes; the whole answer has 64.
    expect(handedOver).toBeLessThan(32 * 2 ** 20);
    await slow.kill();
  });

  it('is not needed for a server in the sandbox itself', async () => {
    const local = 'python3 -m http.server 8123 --bind 127.0.0.1 >/dev/null & for i in 1 2 3 4 5 6 7 8 9; do';
    expect(
      await sh(
        `${local} curl -sS -o /dev/null -w '%{http_code}' http://localhost:8123/ && break; sleep 0.5; done; kill %1`,
      ),
    ).toContain('200');
    expect(events).toEqual([]);
  });
});

describe('what is not allowed', () => {
  it('is refused with words that a model understands, while the same client reaches what is', async () => {
    const refused = await sh('curl -sS http://evil.example.com/; curl -sS https://evil.example.com/');
    expect(refused).toContain("Drydock's network policy refused this: evil.example.com:80 is not allowed.");
    expect(refused).toContain('Only these hosts can be reached: ok.example.com, moved.example.com.');
    expect(refused).toContain('curl: (56) CONNECT tunnel failed, response 403');
    expect(connections().map(({ host, port, verdict }) => [host, port, verdict])).toEqual([
      ['evil.example.com', 80, 'denied'],
      ['evil.example.com', 443, 'denied'],
    ]);
    expect(requests).toEqual([]);
    expect(await sh('curl -sS http://ok.example.com/')).toBe('served 0\n');
  });

  it.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['fd00:ec2::254'], ['::ffff:127.0.0.1']])(
    'is an allowed name that has come to lead to %s',
    async (address) => {
      expect(await sh('curl -sS http://moved.example.com/')).toBe('served 0\n');
      addresses = { 'moved.example.com': [address] };
      expect(await sh('curl -sS http://moved.example.com/')).toContain('moved.example.com has no public address');
      expect(requests).toHaveLength(1);
      expect(connections().at(-1)).toMatchObject({ verdict: 'denied', address });
    },
  );

  it.each([
    ['http://169.254.169.254/latest/meta-data/'],
    ['http://2852039166/'],
    ['http://0xa9.0xfe.0xa9.0xfe/'],
    ['http://[fd00:ec2::254]/'],
    ['http://127.0.0.1:18118/'],
    ['http://host.docker.internal/'],
    ['http://ok.example.com:22/'],
    ['http://ok.example.com.evil.example.com/'],
    ['http://user@evil.example.com/'],
    ['ftp://ok.example.com/'],
  ])('is %s', async (url) => {
    const curl = (what: string) => sh(`curl -sS --noproxy '' -x http://127.0.0.1:${RELAY_PORT} '${what}'`);
    expect(await curl(url)).toContain("Drydock's network policy refused this");
    expect(requests).toEqual([]);
    expect(await curl('http://ok.example.com/')).toBe('served 0\n');
  });

  /** Sends bytes as they are to the proxy and prints the answer. */
  const RAW = `cat >/tmp/raw.py <<'END'
import socket, sys
s = socket.create_connection(('127.0.0.1', ${RELAY_PORT}))
s.sendall(sys.argv[1].encode().decode('unicode_escape').encode('latin1'))
print(s.makefile('rb').read().decode())
END
`;

  it.each([
    ['a port that is not listed', 'CONNECT ok.example.com:22 HTTP/1.1\\r\\n\\r\\n', '403'],
    ['a NUL in the host', 'CONNECT ok.example.com\\0.evil.example.com:443 HTTP/1.1\\r\\n\\r\\n', '400'],
    ['an address', 'CONNECT 93.184.215.14:443 HTTP/1.1\\r\\n\\r\\n', '400'],
    [
      'a smuggled request',
      'POST http://ok.example.com/ HTTP/1.1\\r\\nHost: ok.example.com\\r\\nContent-Length: 4\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET http://evil.example.com/ HTTP/1.1\\r\\nHost: evil.example.com\\r\\n\\r\\n',
      '400',
    ],
    ['another Host', 'GET http://ok.example.com/ HTTP/1.1\\r\\nHost: evil.example.com\\r\\n\\r\\n', '400'],
  ])('is %s', async (_, bytes, status) => {
    expect(await sh(`${RAW} python3 /tmp/raw.py '${bytes}'`)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(requests).toEqual([]);
    const proper = 'GET http://ok.example.com/ HTTP/1.1\\r\\nHost: ok.example.com\\r\\n\\r\\n';
    expect(await sh(`python3 /tmp/raw.py '${proper}'`)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('is a tunnel for TLS with another server name, with none, or for no TLS at all', async () => {
    const tls = (name: string) =>
      sh(
        `printf 'GET / HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n' | openssl s_client -quiet -proxy 127.0.0.1:${RELAY_PORT} -connect ok.example.com:443 ${name}`,
      );
    expect(await tls('-servername evil.example.com')).toContain('unrecognized name');
    expect(await tls('-noservername')).toContain('unrecognized name');
    expect(await sh('curl -sS -p -x http://127.0.0.1:18118 http://ok.example.com/')).not.toContain('served');
    expect(requests).toEqual([]);
    expect(connections().map(({ verdict, reason }) => `${verdict}: ${reason}`)).toEqual([
      'denied: TLS through the tunnel to ok.example.com is for another host, evil.example.com',
      'denied: TLS to ok.example.com without a server name (SNI)',
      expect.stringMatching(/^denied: what is sent through the tunnel to ok\.example\.com is not TLS/),
    ]);
    expect(await tls('-servername ok.example.com')).toContain('served 0');
  });
});

describe('past the proxy there is no way', () => {
  it('no interface but the loopback, and no route', async () => {
    expect(
      await sh(
        'ls /sys/class/net; tail -n +2 /proc/net/route; grep -v " lo$" /proc/net/ipv6_route | grep -v "^0*  *00 0* 00 0* ffffffff"; :',
      ),
    ).toBe('lo\n');
  });

  it('neither for raw sockets nor for names; the same programs reach the loopback', async () => {
    const probe = `import socket, sys
def attempt(name, work):
    try:
        work(); print(name, 'went')
    except OSError as error:
        print(name, 'failed')
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for place, address in (('out', '${PUBLIC}'), ('gateway', '172.17.0.1'), ('metadata', '169.254.169.254'), ('loopback', '127.0.0.1')):
    attempt(place + ' tcp', lambda: socket.create_connection((address, ${RELAY_PORT}), 5))
    attempt(place + ' udp', lambda: udp.sendto(b'query', (address, 53)))
attempt('out tcp6', lambda: socket.create_connection(('2606:4700::1111', 443), 5))
attempt('name', lambda: socket.getaddrinfo('ok.example.com', 80))
attempt('name of itself', lambda: socket.getaddrinfo('localhost', 80))`;
    const said = await sh(`cat >/tmp/probe.py <<'END'\n${probe}\nEND\npython3 /tmp/probe.py`);
    expect(said.trim().split('\n')).toEqual([
      'out tcp failed',
      'out udp failed',
      'gateway tcp failed',
      'gateway udp failed',
      'metadata tcp failed',
      'metadata udp failed',
      'loopback tcp went',
      'loopback udp went',
      'out tcp6 failed',
      'name failed',
      'name of itself went',
    ]);
  });

  it('the relay has no privilege, no file to write, no mount, little memory and few processes', async () => {
    const options = {
      image: 'own',
      sandboxId: 'abc',
      sessionId: 's1',
      podman: false,
      allow: [],
      onEvent: () => undefined,
    };
    const { HostConfig, Labels, User, Env } = relayConfig(options);
    expect(HostConfig).toEqual({
      AutoRemove: true,
      NetworkMode: 'container:abc',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 64 * 2 ** 20,
      MemorySwap: 64 * 2 ** 20,
      PidsLimit: 8,
      LogConfig: { Type: 'none', Config: {} },
    });
    expect([User, Env, Labels]).toEqual([
      '65534:65534',
      undefined,
      { 'drydock.session': 's1', 'drydock.role': 'relay' },
    ]);
  });
});

describe('the relay', () => {
  it('that cannot start is named in the error', async () => {
    const podman = await isPodman(docker);
    const { name: image } = await ensureImage(docker, { image: null, dockerfile, onProgress: () => undefined });
    const start = (sandboxId: string) =>
      startRelay(docker, { image, sandboxId, sessionId: SESSION, podman, allow: [], onEvent: () => undefined });
    await expect(start('no-such-container')).rejects.toThrow(/the network relay did not start: .*no-such-container/);
    const ours = await docker.listContainers({ filters: { label: [`drydock.session=${SESSION}`] } });
    const running = ours.find(({ Labels }) => Labels['drydock.role'] === undefined);
    await expect(start(running?.Id ?? '')).rejects.toThrow(/relay did not start: .*Address already in use/);
  });

  it('that is killed leaves the sandbox closed: what runs loses its connection, the next command is refused by name', async () => {
    const doomed = makeSandbox(['ok.example.com']);
    try {
      const before = new Set((await relays()).map(({ Id }) => Id));
      expect(await sh('curl -sS http://ok.example.com/', doomed)).toBe('served 0\n');
      const relay = (await relays()).find(({ Id }) => !before.has(Id));
      // Connected to the proxy and waiting; then asks again, with nobody there.
      const client = await doomed.spawn({
        command: `exec 3<>/dev/tcp/127.0.0.1/${RELAY_PORT}; echo connected; cat <&3; curl -sS http://ok.example.com/; echo over`,
      });
      let said = '';
      const connected = () => {
        said += client.poll().head.toString();
        expect(said).toContain('connected');
      };
      await vi.waitFor(connected, { timeout: 20_000 });
      await docker.getContainer(relay?.Id ?? '').kill();
      const { output } = await client.ended;
      expect(output.head.toString()).toMatch(/curl: \(7\) Failed to connect to 127\.0\.0\.1.*over/s);
      const next = doomed.exec({ command: 'echo next' });
      await expect(next).rejects.toThrow(SandboxError);
      await expect(next).rejects.toThrow('the network relay ended: it was killed');
      // The work can still be taken out.
      await doomed.writeFile('kept', 'kept');
    } finally {
      await doomed.dispose();
    }
    expect(await relays()).toHaveLength(1);
  });

  it('ends when a connection cannot be logged', async () => {
    const box = createDockerSandbox(Promise.resolve(docker), {
      sessionId: SESSION,
      image: null,
      dockerfile,
      env: {},
      onProgress: () => undefined,
      network: {
        allow: ['ok.example.com'],
        onEvent: () => {
          throw new Error('no space left');
        },
      },
    });
    try {
      expect(await sh('curl -sS http://evil.example.com/', box)).toBeDefined();
      await expect(box.exec({ command: 'echo next' })).rejects.toThrow('could not be logged: no space left');
    } finally {
      await box.dispose();
    }
  });
});
