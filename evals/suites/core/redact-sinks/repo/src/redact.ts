import { isSecretName, REDACTED, TEXT_PATTERNS } from './patterns';

/** A text without the secrets in it. */
export function redactText(text: string): string {
  let result = text;
  for (const [pattern, replacement] of TEXT_PATTERNS) result = result.replace(pattern, replacement);
  return result;
}

/** A copy of a value without the secrets in it. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) copy[name] = isSecretName(name) ? REDACTED : redactValue(inner);
  return copy;
}
