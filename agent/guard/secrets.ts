/**
 * What secrets look like, by the providers' own words about the shapes of their keys; and which variables of an environment
 * hold some. Each expression takes linear time: no repetition is in another, and none borders on one that it overlaps.
 */

/** `kind` is what the text that stands for it says. `value`: only the group of this name is secret. */
export type SecretPattern = { kind: string; pattern: RegExp };

/** Where the beginning of a key is no rare one, it must not be amid a word. */
const ALONE = '(?<![A-Za-z0-9_-])';

const token = (kind: string, body: string): SecretPattern => ({ kind, pattern: new RegExp(body, 'g') });

/** Passwords in addresses that stand in every tutorial and open nothing. */
const DUMMIES = 'password|passwd|pass|secret|postgres|root|user|username|example|changeme|test|admin|guest|xxx+';

/** The order matters where one shape is part of another. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    kind: 'private key',
    // What follows must look like a key, since programs name the marker too; its end may have been cut off.
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?=(?:\s|\\[nr]){1,8}[A-Za-z0-9+/=:, -]{16})(?:[A-Za-z0-9+/=\s\\:,.]|-(?!-))*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  token('aws access key', `${ALONE}(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])`),
  {
    kind: 'aws secret key',
    pattern: /(?<=aws_?secret_?(?:access_?)?key["']?\s{0,4}[=:]\s{0,4}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi,
  },
  token('github token', '(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})'),
  token(
    'gitlab token',
    '(?:gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_.-]{20,300}|GR1348941[A-Za-z0-9_-]{20,50})',
  ),
  token('slack token', '(?:xox[abeoprs]-[A-Za-z0-9.-]{10,300}|xapp-[0-9]-[A-Za-z0-9-]{10,300})'),
  {
    kind: 'slack webhook',
    pattern: /(?<=https:\/\/hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9/_-]{20,200}/g,
  },
  token('anthropic key', 'sk-ant-[A-Za-z0-9_-]{16,300}'),
  token(
    'openai key',
    `${ALONE}sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{16,300}|[A-Za-z0-9]{32,100}(?![A-Za-z0-9_-]))`,
  ),
  token('google key', '(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,50}|ya29\\.[A-Za-z0-9_-]{20,500})'),
  token('stripe key', '(?:[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9+/=]{24,100})'),
  token('npm token', 'npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])'),
  token('jwt', `${ALONE}eyJ[A-Za-z0-9_-]{8,4000}\\.eyJ[A-Za-z0-9_-]{8,8000}\\.[A-Za-z0-9_-]{8,2000}`),
  {
    kind: 'password',
    // In an address, `scheme://user:PASSWORD@host`; not where a variable or a mask stands for it.
    pattern: new RegExp(
      `(?<=(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\\s:/@"'<>]{0,80}:)(?!(?:${DUMMIES})@)[^\\s/@:"'<>\${}%*][^\\s/@"'<>]{2,200}(?=@[\\w.\\[-])`,
      'gi',
    ),
  },
];

/** The end of a private key whose beginning is not there, with the lines of the key before it. */
export function replaceKeyEnds(text: string, replace: (secret: string) => string): string {
  let result = '';
  let at = 0;
  for (const { 0: mark, index } of text.matchAll(/^-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/gm)) {
    let start = index;
    while (start > at) {
      const before = text.lastIndexOf('\n', start - 2) + 1;
      if (before < at || !/^[A-Za-z0-9+/=]{16,100}\r?\n$/.test(text.slice(before, start))) break;
      start = before;
    }
    if (start === index) continue;
    const end = index + mark.length;
    result += text.slice(at, start) + replace(text.slice(start, end));
    at = end;
  }
  return result + text.slice(at);
}

/** Names of variables whose value is a secret. */
const SECRET_NAME =
  /(?:^|_)(?:(?:API|ACCESS|SECRET|PRIVATE|AUTH|SIGNING|ENCRYPTION)_?KEY|KEY|[A-Z]*TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?)$|SECRET_ACCESS_KEY|_SECRET_/i;
/** Whether a variable of this name holds a secret, as far as its name says. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Shorter ones are words like `true` that stand everywhere. */
const LEAST_CHARACTERS = 8;

/** The secrets of an environment, the longest first, so that one that holds another is replaced as a whole. */
export function secretValues(env: Readonly<Record<string, string | undefined>>): { kind: string; value: string }[] {
  return Object.entries(env)
    .flatMap(([name, value = '']) => {
      const text = value.trim();
      // A path says where a secret lies.
      if (!SECRET_NAME.test(name) || text.length < LEAST_CHARACTERS || /^[/~]/.test(text)) return [];
      return [{ kind: `value of ${name}`, value: text }];
    })
    .sort((a, b) => b.value.length - a.value.length || (a.kind < b.kind ? -1 : 1));
}
