/**
 * A request's body as JSON. The SDKs would encode all of it again for every request, which for one of 500 KB is most of
 * what a step costs (docs/benchmarks.md); a transcript only grows, so nearly all of it has been encoded before.
 */

/** So many items of a list are encoded together, once. */
const BLOCK = 64;

/** By a block's first item. */
const blocks = new WeakMap<object, { items: readonly unknown[]; bytes: Buffer }>();

/** `JSON.stringify(params)` in UTF-8. Nobody may change what is in its lists afterwards. */
export function encodeBody(params: object): Buffer {
  const fields = Object.entries(params).filter(([, value]) => value !== undefined);
  const pieces = fields.flatMap(([name, value], index) => [
    Buffer.from(`${index > 0 ? ',' : ''}${JSON.stringify(name)}:`),
    ...(Array.isArray(value) ? encodeList(value) : [Buffer.from(JSON.stringify(value))]),
  ]);
  return Buffer.concat([Buffer.from('{'), ...pieces, Buffer.from('}')]);
}

function encodeList(items: readonly unknown[]): Buffer[] {
  const pieces: Buffer[] = [Buffer.from('[')];
  for (let start = 0; start < items.length; start += BLOCK) {
    if (start > 0) pieces.push(Buffer.from(','));
    pieces.push(encodeBlock(items.slice(start, start + BLOCK)));
  }
  return [...pieces, Buffer.from(']')];
}

/** The items with commas between them. */
function encodeBlock(items: readonly unknown[]): Buffer {
  const [first] = items;
  const key = typeof first === 'object' && first !== null ? first : undefined;
  const before = key && blocks.get(key);
  if (before?.items.length === items.length && before.items.every((item, index) => item === items[index])) {
    return before.bytes;
  }
  const bytes = Buffer.from(JSON.stringify(items).slice(1, -1));
  // The last one of a list is another one with the next request.
  if (key && items.length === BLOCK) blocks.set(key, { items, bytes });
  return bytes;
}

/** What the SDKs' `post` needs to send `params` as JSON and to give the answer as a stream of its events. */
export function streamed(params: object) {
  return { body: encodeBody(params), headers: { 'content-type': 'application/json' }, stream: true as const };
}
