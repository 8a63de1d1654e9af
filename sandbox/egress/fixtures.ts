/** For the tests of this folder. */
import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { connect } from 'node:tls';

/** The first bytes that OpenSSL sends to a server of that name, or to one that it does not name. */
export async function clientHello(servername?: string): Promise<Buffer> {
  const [near, far] = duplexPair();
  const client = connect({ socket: near, ...(servername === undefined ? {} : { servername }) });
  client.on('error', () => undefined);
  const [bytes] = await once(far, 'data');
  client.destroy();
  return bytes;
}
