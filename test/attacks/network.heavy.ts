/**
 * Ways out through the network: a service of the host, by each way of writing its address, and bytes that leave as a name
 * lookup would. The metadata address itself is a service of clouds: on this machine there is none to be reached where the
 * defence is off, so that what is shown is that no route leads to it.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostConfig, startTarget, type Target } from './targets.ts';

let ours: Target;
let bridged: Target;
/** The host as a container on the bridge sees it. */
let gateway: string;
const heard: string[] = [];
const server = createServer((_request, response) => response.end('a service of the host'));
const lookups = createSocket('udp4', (message) => heard.push(message.toString('latin1')));
let port: number;
let lookupPort: number;

beforeAll(async () => {
  port = await new Promise<number>((resolve) => {
    server.listen(0, '0.0.0.0', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  await new Promise<void>((resolve) => lookups.bind(0, '0.0.0.0', resolve));
  lookupPort = lookups.address().port;
  ours = await startTarget();
  bridged = await startTarget({
    without: (config) => {
      hostConfig(config).NetworkMode = 'bridge';
    },
  });
  // Of its container: an engine that has made the bridge itself, and was not started again since, does not tell it of the network.
  const { Containers } = await bridged.docker.getNetwork('bridge').inspect();
  const [id = ''] = Object.keys(Containers ?? {});
  gateway = (await bridged.docker.getContainer(id).inspect()).NetworkSettings.Networks.bridge?.Gateway ?? '';
  expect(gateway).not.toBe('');
});
afterAll(() => {
  server.close();
  lookups.close();
});

const fetchFrom = async (target: Target, address: string): Promise<string> =>
  (await target.run(`curl -sS -g --max-time 10 http://${address}/ 2>&1`)).text;

describe('no network', () => {
  it('curl works in a sandbox: it reaches a service of the same sandbox', async () => {
    const command = `cd /tmp && echo within >inner.txt && { python3 -m http.server 8123 >/dev/null 2>&1 & }
curl -s --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:8123/inner.txt; kill %1`;
    expect((await ours.run(command)).text).toBe('within\n');
  });

  it.each([
    ['its address', (address: string) => address],
    ['its address as one number', (address: string) => `${numberOf(address)}`],
    ['its address in hexadecimal', (address: string) => `0x${numberOf(address).toString(16)}`],
  ])('a service of the host is out of reach by %s, and is reached over a bridge', async (_name, write) => {
    expect(await fetchFrom(bridged, `${write(gateway)}:${port}`)).toBe('a service of the host');
    expect(await fetchFrom(ours, `${write(gateway)}:${port}`)).toMatch(/^curl: \(7\) /);
  });

  it.each(['169.254.169.254', '2852039166', '[fd00:ec2::254]', '[fe80::1]', '10.0.0.1', '192.168.0.1', '1.1.1.1'])(
    'no route leads to %s',
    async (address) => {
      expect(await fetchFrom(ours, address)).toMatch(/^curl: \(7\) /);
      const routes = await ours.run('cat /proc/net/route | tail -n +2; ls /sys/class/net');
      expect(routes.text).toBe('lo\n');
    },
  );

  it('bytes in a name lookup do not leave, and leave over a bridge', async () => {
    const query = (word: string) => `python3 -c "
import socket
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'${word}.leak.invalid', ('${gateway}', ${lookupPort}))
    print('sent')
except OSError as error:
    print(error.strerror)"`;
    expect((await bridged.run(query('over-the-bridge'))).text).toBe('sent\n');
    expect((await ours.run(query('from-ours'))).text).toBe('Network is unreachable\n');
    await expect.poll(() => heard, { timeout: 30_000 }).toEqual(['over-the-bridge.leak.invalid']);
  });

  it('no name is resolved but those of the sandbox', async () => {
    const { text } = await ours.run(
      'getent hosts localhost >/dev/null && echo known; getent hosts example.org; echo $?',
    );
    expect(text).toBe('known\n2\n');
  });
});

function numberOf(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}
