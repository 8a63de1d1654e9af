/** How a client, and through it the model, is told that it does not get its connection. */

/** The answer's status, and why: a sentence without its full stop. */
export type Refusal = { status: 400 | 403 | 502; why: string };

/** What the model reads. */
export function explanation({ status, why }: Refusal, allow: readonly string[]): string {
  if (status === 502) return `Drydock's network proxy: ${why}.\n`;
  return `Drydock's network policy refused this: ${why}.
Only these hosts can be reached: ${allow.join(', ')}.
Nothing in the sandbox can change that. Do without it; if the task needs it, say so in your last message, so that the user can allow it with: drydock run --allow HOST[:PORT]
`;
}

/** Many clients show nothing of a refused CONNECT but its status line, so that says why too. */
export function statusText({ why }: Refusal): string {
  return `Drydock: ${why.replace(/[^\x20-\x7e]/g, '?')}`;
}

/** The whole answer, for a connection that HTTP has let go of. */
export function rawRefusal(refusal: Refusal, allow: readonly string[]): string {
  const body = explanation(refusal, allow);
  const head = [
    `HTTP/1.1 ${refusal.status} ${statusText(refusal)}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
