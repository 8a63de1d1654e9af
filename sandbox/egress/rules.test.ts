import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRESETS } from './presets.ts';
import { expandAllow, isAllowed, isDenied, parseHost, parsePort, parseRule } from './rules.ts';

describe('a host', () => {
  it.each([
    ['example.com', 'example.com'],
    ['Registry.EXAMPLE.com', 'registry.example.com'],
    ['a-b.c1.xn--p1ai', 'a-b.c1.xn--p1ai'],
    ['1.example.com', '1.example.com'],
  ])('is a full name: %s', (text, host) => {
    expect(parseHost(text)).toBe(host);
  });

  it.each([
    ['', 'nothing'],
    ['localhost', 'a single label'],
    ['example.com.', 'a dot at the end'],
    ['.example.com', 'a dot at the beginning'],
    ['a..example.com', 'an empty label'],
    ['-a.example.com', 'a hyphen first'],
    ['a-.example.com', 'a hyphen last'],
    ['exa_mple.com', 'an underscore'],
    ['user@example.com', 'a user'],
    ['example.com\0.evil.com', 'a NUL'],
    ['example.com\n', 'a line feed'],
    ['example.com evil.com', 'a blank'],
    ['example.com%2eevil.com', 'an escape'],
    ['exämple.com', 'a letter of another alphabet'],
    ['example.\u212Aom', 'a sign that folds to an ASCII letter'],
    ['127.0.0.1', 'an address'],
    ['2130706433', 'an address in decimal'],
    ['0x7f000001', 'an address in hex'],
    ['0177.0.0.1', 'an address in octal'],
    ['0x7f.1', 'an address in two parts'],
    ['example.1', 'a number last'],
    ['example.0x1', 'a hex number last'],
    ['[::1]', 'an IPv6 address'],
    ['::ffff:127.0.0.1', 'an IPv6 address without brackets'],
    [`${'a'.repeat(64)}.com`, 'a label that is too long'],
    [`${'a.'.repeat(127)}com`, 'too many characters'],
  ])('is not %j: %s', (text) => {
    expect(parseHost(text)).toBeNull();
  });

  it('holds nothing but lower-case letters, digits, hyphens and dots, whatever was asked for', () => {
    const nearly = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '-', '.', '_', '\0', ':', '@', 'com', 'ſ') });
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.domain(), fc.ipV4(), fc.ipV6(), nearly), (text) => {
        const host = parseHost(text);
        expect(host ?? 'a.b').toMatch(/^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/);
      }),
    );
  });
});

describe('a port', () => {
  it.each([['1'], ['443'], ['65535']])('is %s', (text) => expect(parsePort(text)).toBe(Number(text)));
  it.each([['0'], ['65536'], ['080'], ['-1'], ['+1'], ['1e3'], [''], [' 80'], ['999999']])('is not %j', (text) =>
    expect(parsePort(text)).toBeNull(),
  );
});

describe('a rule', () => {
  const allows = (rule: string, host: string, port: number) => {
    const parsed = parseRule(rule);
    return parsed !== null && isAllowed([parsed], host, port);
  };

  it.each([
    ['example.com', 'example.com', 443, true],
    ['example.com', 'example.com', 80, true],
    ['example.com', 'example.com', 22, false],
    ['example.com', 'a.example.com', 443, false],
    ['example.com', 'notexample.com', 443, false],
    ['example.com:8443', 'example.com', 8443, true],
    ['example.com:8443', 'example.com', 443, false],
    ['*.example.com', 'a.example.com', 443, true],
    ['*.example.com', 'a.b.example.com', 80, true],
    ['*.example.com', 'example.com', 443, false],
    ['*.example.com', 'aexample.com', 443, false],
    ['*.Example.COM:1', 'a.example.com', 1, true],
  ])('%s and %s:%d', (rule, host, port, expected) => {
    expect(allows(rule, host, port)).toBe(expected);
  });

  it.each([
    ['*'],
    ['*.com'],
    ['a.*.com'],
    ['*a.example.com'],
    ['example.com:'],
    ['example.com:0'],
    ['example.com:99999'],
  ])('is not %s', (text) => expect(parseRule(text)).toBeNull());
});

describe('a host that is denied', () => {
  it.each([
    ['example.com', 'example.com', 8443, true],
    ['example.com:443', 'example.com', 443, true],
    ['example.com:443', 'example.com', 80, false],
    ['*.example.com', 'a.example.com', 22, true],
    ['*.example.com', 'example.com', 443, false],
  ])('by %s: %s:%d', (rule, host, port, expected) => {
    expect(isDenied([rule], host, port)).toBe(expected);
  });
});

describe('what --allow takes', () => {
  it('is a rule, a preset, or refused', () => {
    expect(expandAllow('A.example.com:81')).toEqual(['a.example.com:81']);
    expect(expandAllow('npm')).toBe(PRESETS.npm);
    for (const name of ['toString', '__proto__', 'npm2', 'NPM', '']) expect(expandAllow(name)).toBeNull();
  });

  it('has presets of nothing but rules', () => {
    for (const rule of Object.values(PRESETS).flat()) expect(expandAllow(rule)).toEqual([rule]);
  });
});
