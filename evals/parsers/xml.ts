/** As much of XML as test reports are made of. */

export type XmlEvent =
  | { kind: 'open'; name: string; attributes: ReadonlyMap<string, string> }
  | { kind: 'close'; name: string };

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const TAG = /<(\/?)([^\s/<>=]+)((?:\s+[^\s=<>/]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/y;
const ATTRIBUTE = /([^\s=<>/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** What is passed over, by how it starts and ends. */
const SKIPPED = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
  ['<!', '>'],
] as const;

/** The tags of a document in their order, without its text; null where it is not well formed, such as one that was cut. */
export function readXml(text: string): XmlEvent[] | null {
  const events: XmlEvent[] = [];
  const open: string[] = [];
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const skipped = SKIPPED.find(([start]) => text.startsWith(start, at));
    if (skipped !== undefined) {
      const end = text.indexOf(skipped[1], at + skipped[0].length);
      if (end === -1) return null;
      at = end + skipped[1].length;
      continue;
    }
    TAG.lastIndex = at;
    const [whole = '', slash, name = '', attributes = '', empty] = TAG.exec(text) ?? [];
    if (whole === '') return null;
    if (slash === '/') {
      if (open.pop() !== name) return null;
      events.push({ kind: 'close', name });
    } else {
      events.push({ kind: 'open', name, attributes: readAttributes(attributes) });
      if (empty === '/') events.push({ kind: 'close', name });
      else open.push(name);
    }
    at += whole.length;
  }
  return open.length === 0 && events.length > 0 ? events : null;
}

function readAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(ATTRIBUTE)) found.set(name, decode(double ?? single ?? ''));
  return found;
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal, 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
