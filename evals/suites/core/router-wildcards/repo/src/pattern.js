import { RouteError } from './errors.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Splits a path into segments; a slash at the end does not count. */
export function segmentsOf(path) {
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
  return trimmed === '' ? [] : trimmed.slice(1).split('/');
}

/**
 * Reads a pattern into a list of segments: `{ kind: 'text', text }` or `{ kind: 'param', name }`. Throws a RouteError
 * for one that cannot be read.
 */
export function parsePattern(pattern) {
  if (!pattern.startsWith('/')) throw new RouteError(`a pattern begins with a slash: ${pattern}`);
  const names = new Set();
  return segmentsOf(pattern).map((segment) => {
    if (segment === '') throw new RouteError(`a pattern has no empty segments: ${pattern}`);
    if (!segment.startsWith(':')) return { kind: 'text', text: segment };
    const name = segment.slice(1);
    if (!NAME.test(name)) throw new RouteError(`${JSON.stringify(name)} is not a name of a parameter: ${pattern}`);
    if (names.has(name)) throw new RouteError(`the parameter ${name} is there twice: ${pattern}`);
    names.add(name);
    return { kind: 'param', name };
  });
}

/** What two patterns have in common when no path could tell them apart. */
export function shapeOf(segments) {
  return segments.map((segment) => (segment.kind === 'text' ? `=${segment.text}` : ':')).join('/');
}

const RANK = { text: 0, param: 1 };

/** Orders patterns that match the same path: negative if `a` goes first. */
export function comparePatterns(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = RANK[a[i].kind] - RANK[b[i].kind];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The raw parameters of a path (a list of segments) that matches, or null. */
export function matchPattern(segments, path) {
  if (segments.length !== path.length) return null;
  const raw = {};
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (segment.kind === 'text') {
      if (segment.text !== path[i]) return null;
    } else {
      if (path[i] === '') return null;
      raw[segment.name] = path[i];
    }
  }
  return raw;
}
