import { loadConfig } from './load.js';

function difference(before, after) {
  const changes = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[key] !== after[key]) changes[key] = { before: before[key], after: after[key] };
  }
  return changes;
}

/**
 * A configuration that can be loaded again: `current()` gives the values, `reload()` loads them anew and returns what
 * changed. If loading fails, the old values stay.
 */
export function liveConfig(file, options) {
  let { values } = loadConfig(file, options);
  return {
    current: () => values,
    reload() {
      const before = values;
      values = loadConfig(file, options).values;
      return difference(before, values);
    },
  };
}
