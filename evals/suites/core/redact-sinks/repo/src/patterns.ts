export const REDACTED = '[redacted]';

/** Names of fields whose values are secrets. */
const SECRET_NAMES = ['password', 'secret', 'token', 'authorization', 'cookie', 'apiKey'];

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.includes(name);
}

/** Secrets in texts: a pattern, and what is put in its place. */
export const TEXT_PATTERNS: ReadonlyArray<readonly [RegExp, string]> = [
  [/(Bearer\s+)[A-Za-z0-9._~+\/-]+=*/, `$1${REDACTED}`],
  [/tok_(?:live|test)_[A-Za-z0-9]{8,}/, REDACTED],
  [/(\w+:\/\/[^\s:\/@]+:)[^\s\/@]+(?=@)/, `$1${REDACTED}`],
  [/([?&](?:password|secret|token|cookie)=)[^&\s#"']+/, `$1${REDACTED}`],
];
