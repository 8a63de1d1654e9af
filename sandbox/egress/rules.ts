/** Which hosts the policy `allow` lets through: the grammar of host names, the rules, and whether one fits. */
import { PRESETS } from './presets.ts';

/** A host name, or with `below` all names below it, and the ports. */
export type Rule = { host: string; below: boolean; ports: readonly number[] };

/** Where a rule names no port: https and http. */
const DEFAULT_PORTS = [443, 80];

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** The last label begins with a letter, so that no number in any notation (decimal, octal, hex) is a host. */
const HOST = `(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?`;
// The flag `i` without `u` folds ASCII letters only, unlike `toLowerCase`.
const WHOLE_HOST = new RegExp(`^${HOST}$`, 'i');
const WHOLE_RULE = new RegExp(`^(\\*\\.)?(${HOST})(?::(\\d{1,5}))?$`, 'i');
const MAX_HOST_CHARACTERS = 253;

/**
 * A fully qualified host name in lower case; null for all else: addresses in any notation, a single label, a dot at
 * the end, user names, characters that are not letters, digits, hyphens and dots.
 */
export function parseHost(text: string): string | null {
  return text.length <= MAX_HOST_CHARACTERS && WHOLE_HOST.test(text) ? text.toLowerCase() : null;
}

/** A port from its decimal digits; null for all else. */
export function parsePort(text: string): number | null {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** A rule from `HOST[:PORT]` or `*.HOST[:PORT]`; null when it is neither. */
export function parseRule(text: string): Rule | null {
  const [, wildcard, name = '', digits] = WHOLE_RULE.exec(text) ?? [];
  const host = parseHost(name);
  const port = digits === undefined ? null : parsePort(digits);
  if (host === null || (digits !== undefined && port === null)) return null;
  return { host, below: wildcard !== undefined, ports: port === null ? DEFAULT_PORTS : [port] };
}

/** What one value of `--allow` stands for: the rules of a preset, or itself in lower case; null: neither. */
export function expandAllow(text: string): readonly string[] | null {
  if (Object.hasOwn(PRESETS, text)) return PRESETS[text] ?? null;
  return parseRule(text) === null ? null : [text.toLowerCase()];
}

const names = ({ host, below }: Rule, asked: string): boolean => (below ? asked.endsWith(`.${host}`) : asked === host);

/** Whether a rule lets a connection to a host (as `parseHost` gives it) and port through. */
export function isAllowed(rules: readonly Rule[], host: string, port: number): boolean {
  return rules.some((rule) => rule.ports.includes(port) && names(rule, host));
}

/** Whether a rule of those that deny, as they are written, names a host and port. One without a port means all. */
export function isDenied(rules: readonly string[], host: string, port: number): boolean {
  return rules.some((text) => {
    const rule = parseRule(text);
    return rule !== null && names(rule, host) && (!text.includes(':') || rule.ports.includes(port));
  });
}
