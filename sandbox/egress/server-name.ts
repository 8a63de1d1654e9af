/** The first bytes inside a tunnel: TLS for the host that the tunnel was allowed for, or nothing goes through. */
import type { Duplex } from 'node:stream';
import { readClientHello } from './client-hello.ts';
import { parseHost } from './rules.ts';

/** A fatal TLS alert, unrecognized_name (RFC 6066): clients then say so instead of "connection reset". */
export const NAME_REFUSED_ALERT = Buffer.from([21, 3, 1, 0, 2, 2, 112]);

/** `bytes` is all that was read, to be passed on; `problem` is null where it is TLS for the host. */
export type Opening = { bytes: Buffer; problem: string | null };

/** What is wrong with the first bytes of a tunnel to `host`; null: nothing; `more`: they do not say yet. */
export function openingProblem(bytes: Buffer, host: string): string | null | 'more' {
  const hello = readClientHello(bytes);
  if (hello.kind === 'more') return 'more';
  if (hello.kind === 'bad')
    return `what is sent through the tunnel to ${host} is not TLS; use http:// without a tunnel`;
  if (hello.serverName === null) return `TLS to ${host} without a server name (SNI)`;
  const named = parseHost(hello.serverName);
  if (named === host) return null;
  return `TLS through the tunnel to ${host} is for another host, ${named ?? 'which is not a host name'}`;
}

/** Reads a tunnel's client until it is clear whom it talks to. Never rejects; the client is paused afterwards. */
export function readOpening(client: Duplex, head: Buffer, host: string, timeoutMs: number): Promise<Opening> {
  return new Promise((resolve) => {
    let bytes = head;
    const finish = (problem: string | null) => {
      clearTimeout(late);
      client.off('data', onData).off('end', onEnd).off('close', onEnd).pause();
      resolve({ bytes, problem });
    };
    const look = () => {
      const problem = bytes.length === 0 ? 'more' : openingProblem(bytes, host);
      if (problem !== 'more') finish(problem);
    };
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look();
    };
    const onEnd = () => finish(`the tunnel to ${host} was closed before TLS began`);
    const late = setTimeout(() => finish(`no TLS began in the tunnel to ${host}`), timeoutMs);
    client.on('data', onData).on('end', onEnd).on('close', onEnd);
    look();
  });
}
