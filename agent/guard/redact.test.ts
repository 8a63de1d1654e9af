/** What is taken out of text, what is left, and that it is always the same. The secrets are made up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRedacted, createRedactor, placeholderIn, WITHHELD } from './redact.ts';
import { guardOf, guardSchema } from './schema.ts';

const x = (count: number, of = 'aB3') => of.repeat(count).slice(0, count);
const KEY = `-----BEGIN RSA PRIVATE KEY-----\n${`${x(64)}\n`.repeat(3)}-----END RSA PRIVATE KEY-----`;
const plain = createRedactor(guardOf(undefined), {});

describe('a secret', () => {
  it.each([
    ['aws access key', `AKIA${x(16, 'AB2')}`],
    ['github token', `ghp_${x(36)}`],
    ['github token', `github_pat_${x(82)}`],
    ['gitlab token', `glpat-${x(20)}`],
    ['slack token', `xoxb-${x(12, '123')}-${x(24)}`],
    ['openai key', `sk-proj-${x(60)}`],
    ['openai key', `sk-${x(48)}`],
    ['anthropic key', `sk-ant-api03-${x(90)}`],
    ['google key', `AIza${x(35)}`],
    ['stripe key', `sk_live_${x(24)}`],
    ['npm token', `npm_${x(36)}`],
    ['jwt', `eyJ${x(20)}.eyJ${x(40)}.${x(43)}`],
    ['private key', KEY],
    ['private key', JSON.stringify(KEY).slice(1, -1)],
  ])('that is a %s is known by its shape', (kind, secret) => {
    const text = `before "${secret}" after`;
    expect(plain.text(text)).not.toContain(secret);
    expect(plain.text(text)).toMatch(new RegExp(`^before "\\[redacted: ${kind}\\]\\n*" after$`));
  });

  it('in an address is its password alone', () => {
    expect(plain.text('postgres://ada:l0velace!@db.example:5432/x')).toBe(
      'postgres://ada:[redacted: password]@db.example:5432/x',
    );
    expect(plain.text(`aws_secret_access_key = ${x(40)}`)).toBe('aws_secret_access_key = [redacted: aws secret key]');
  });

  it('of several lines leaves as many, and is known by its end alone, and without one', () => {
    const lines = `a\n${KEY}\nb`.split('\n');
    const cut = plain.text(lines.join('\n')).split('\n');
    expect(cut).toHaveLength(lines.length);
    expect([cut[0], cut[1], cut.at(-1)]).toEqual(['a', '[redacted: private key]', 'b']);
    expect(plain.text(lines.slice(3).join('\n'))).not.toContain(x(64));
    expect(plain.text(lines.slice(0, 4).join('\n'))).not.toContain(x(64));
  });

  it('is the value of a variable of the environment whose name says so', () => {
    const env = {
      GITHUB_TOKEN: 'plain-looking',
      MY_API_KEY: 'plain-looking-too',
      DB_PASSWORD: 'hunter2!',
      TOKEN: 'short',
      KEY_FILE: '/home/ada/key',
      PATH: '/usr/bin:/usr/local/bin',
      SSH_KEY: '/home/ada/.ssh/id',
    };
    const { text } = createRedactor(guardOf(undefined), env);
    expect(text('a plain-looking-too b plain-looking c hunter2! short /home/ada/.ssh/id /usr/bin:/usr/local/bin')).toBe(
      'a [redacted: value of MY_API_KEY] b [redacted: value of GITHUB_TOKEN] c [redacted: value of DB_PASSWORD] short /home/ada/.ssh/id /usr/bin:/usr/local/bin',
    );
  });

  it('is what the user calls one', () => {
    const own = createRedactor(guardOf({ secrets: { 'house key': 'hk-[0-9]+' } }), {});
    expect(own.text('hk-1 hk-22\nno hk-')).toBe('[redacted: house key] [redacted: house key]\nno hk-');
  });
});

describe('what is no secret stays', () => {
  it.each([
    'postgres://user:password@localhost/db',
    `postgres://ada:\${DB_PASSWORD}@db/x https://ada@example.org/a:b@c`,
    'https://example.org:8080/a@b',
    "if (text.includes('-----BEGIN PRIVATE KEY-----')) return;\nmore code",
    'sk-learn sk-my-css-class-with-a-long-name-that-goes-on',
    `${x(40, 'abcdef0123')} a commit`,
    `task-${x(32)} risk-${x(40)}`,
    'AKIA is a prefix; ghp_short; npm_config_registry=x',
    `${`${x(76)}\n`.repeat(20)}`,
  ])('%s', (text) => {
    expect(plain.text(text)).toBe(text);
  });

  it('all of it where the user has switched it off', () => {
    const off = createRedactor(guardOf({ redact: false }), { GITHUB_TOKEN: 'plain-looking' });
    expect(off.text(`plain-looking ${KEY}`)).toBe(`plain-looking ${KEY}`);
  });

  it('bytes that are no text too', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0, 0x80]), Buffer.from(` ghp_${x(36)} `), Buffer.from([0xfe])]);
    const expected = Buffer.concat([
      Buffer.from([0xff, 0, 0x80]),
      Buffer.from(' [redacted: github token] '),
      Buffer.from([0xfe]),
    ]);
    expect(plain.bytes(bytes)).toEqual(expected);
  });
});

it('of any text it holds that doing it twice is doing it once, and that lines are left', () => {
  const own = createRedactor(guardOf({ secrets: { any: 'redacted|key|[a-z]:' } }), { A_TOKEN: 'redacted: x' });
  const part = fc.oneof(
    fc.constantFrom(`ghp_${x(36)}`, KEY, 'redacted: x', '[redacted: jwt]', 'http://a:secret1@b', ' ', '\n', 'key'),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      const once = own.text(text);
      expect(own.text(once)).toBe(once);
      expect(once.split('\n')).toHaveLength(text.split('\n').length);
    }),
    { numRuns: 60 },
  );
});

it('an expression that takes too long keeps the text back', () => {
  const slow = createRedactor(guardOf({ secrets: { slow: '(a+)+$' } }), {});
  expect(slow.text(`${'a'.repeat(60)}!`)).toBe(WITHHELD);
});

it('placeholders are counted by kind, and found in arguments', () => {
  expect(countRedacted('[redacted: jwt] x [redacted: npm token]\n[redacted: jwt]')).toEqual({ jwt: 2, 'npm token': 1 });
  expect(placeholderIn({ edits: [{ old: 'a' }, { new: 'b [redacted: jwt]' }] })).toBe('[redacted: jwt]');
  expect(placeholderIn({ command: 'echo redacted' })).toBe(null);
});

it.each([
  [{ secrets: { x: '(' } }, 'is no regular expression'],
  [{ secrets: { x: 'a*' } }, 'fits where there is nothing'],
  [{ secrets: { 'a]b': 'a' } }, 'is no name for a kind'],
  [{ blocked: 'x' }, 'is no list of expressions'],
  [{ redact: 'no' }, 'is neither true nor false'],
  [{ rules: [] }, 'and nothing else'],
])('the section %j is refused: %s', (section, message) => {
  const issue = guardSchema.safeParse(section).error?.issues[0];
  expect(JSON.stringify(issue)).toContain(message);
});
