import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSecrets } from './secrets.ts';

const VALUE = 'T0ken/of+the=publisher-9x';
const values = [{ kind: 'value of GITHUB_TOKEN', value: VALUE }];
const wanted = { values, canaries: [] };
const percent = (text: string) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join('');
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a value of the environment is found', () => {
  it.each([
    ['as it is', VALUE],
    ['in base64', base64(VALUE)],
    ['in base64, one byte on', base64(`a${VALUE}b`)],
    ['in base64, two bytes on', base64(`ab${VALUE}cd`)],
    ['in base64url', Buffer.from(`x${VALUE}`).toString('base64url')],
    ['in base64 with line breaks', base64(VALUE).replace(/(.{5})/g, '$1\n')],
    ['in hex', Buffer.from(VALUE).toString('hex')],
    ['in large hex with colons', (Buffer.from(VALUE).toString('hex').toUpperCase().match(/../g) ?? []).join(':')],
    ['URL-encoded', encodeURIComponent(VALUE)],
    ['URL-encoded, every byte', percent(VALUE)],
    ['in escapes of a string', [...VALUE].map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join('')],
    ['in entities', [...VALUE].map((c) => `&#${c.charCodeAt(0)};`).join('')],
    ['backwards', [...VALUE].reverse().join('')],
    ['backwards, in base64', base64([...VALUE].reverse().join(''))],
    ['with dashes between', [...VALUE].join('-')],
    ['with nothing visible between', [...VALUE].join('\u200b')],
    ['over lines', [...VALUE].join('\n')],
    ['as a sum of strings', `'${VALUE.slice(0, 9)}' + '${VALUE.slice(9)}'`],
    [
      'in wide letters',
      [...VALUE].map((c) => (/[a-z0-9]/i.test(c) ? String.fromCharCode(c.charCodeAt(0) + 0xfee0) : c)).join(''),
    ],
    ['in capitals', VALUE.toUpperCase()],
  ])('%s', (_, written) => {
    expect(findSecrets(`first\nbefore ${written} after`, wanted)).toEqual([{ kind: 'value of GITHUB_TOKEN', line: 2 }]);
  });

  it('in bytes that are no text, and in wide ones', () => {
    const noise = Buffer.from([0, 255, 128, 10, 0]);
    for (const secret of [Buffer.from(VALUE), Buffer.from(VALUE, 'utf16le')]) {
      expect(findSecrets(Buffer.concat([noise, secret, noise]), wanted)).toHaveLength(1);
    }
  });

  it('whatever it is, and whatever stands around it', () => {
    const printable = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_/+=.!$'), minLength: 12, maxLength: 40 });
    fc.assert(
      fc.property(printable, fc.string(), fc.string(), fc.nat(3), (value, before, after, way) => {
        const all = [value, base64(`${before}${value}${after}`), Buffer.from(value).toString('hex'), percent(value)];
        const hit = findSecrets(`${before} ${all[way]} ${after}`, { values: [{ kind: 'x', value }], canaries: [] });
        // In base64 of fewer than eight letters and digits it is nothing to look for.
        const letters = value.replace(/[^a-z0-9]/gi, '').length;
        if (way !== 1 || letters >= 10) expect(hit).toContainEqual(expect.objectContaining({ kind: 'x' }));
      }),
      { numRuns: 200 },
    );
  });
});

it('a text that is full of them takes no long time', () => {
  const found = findSecrets('ab://a:bcd@x\n'.repeat(150_000), wanted);
  expect(found.map(({ line }) => line)).toEqual(Array.from({ length: 150_000 }, (_, index) => index + 1));
});

it('a secret is found by its shape, with its line', () => {
  const text = `a\nb\nkey = "ghp_${'aB3'.repeat(12)}"\n`;
  expect(findSecrets(text, wanted)).toEqual([{ kind: 'github token', line: 3 }]);
});

describe('a canary', () => {
  const canaries = ['cuckoo-4711', 'zebra_crossing'].map((word) => createHash('sha256').update(word).digest('hex'));
  const of = (text: string) => findSecrets(text, { values: [], canaries });
  it.each([
    'the cuckoo-4711 sings',
    '"zebra_crossing",',
    'x=zebra_crossing.',
    `${Buffer.from('cuckoo-4711').toString('hex')}`,
    `word ${base64('say cuckoo-4711!')}`,
    'a/cuckoo-4711/b',
    '1174-ookcuc',
  ])('is found in %s', (text) => {
    expect(of(text)).toEqual([{ kind: 'canary', line: 1 }]);
  });
  it('is not found where it is part of another word', () => {
    expect(of('cuckoo-47110 zebra crossing')).toEqual([]);
  });
});

it('what is no secret is not found', () => {
  const text =
    'An ordinary line of code: const token = process.env.GITHUB_TOKEN; // abcdef0123456789abcdef0123456789abcdef01';
  expect(findSecrets(text, wanted)).toEqual([]);
});
