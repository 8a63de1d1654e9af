'use strict';

const NAMES = ['hits', 'misses', 'evictions', 'expirations'];

/** Counts what happens in a cache. */
function createStats() {
  const counts = Object.fromEntries(NAMES.map((name) => [name, 0]));
  return {
    count(name) {
      if (!(name in counts)) throw new Error(`nothing of that name is counted: ${name}`);
      counts[name]++;
    },
    snapshot() {
      return { ...counts };
    },
  };
}

module.exports = { createStats };
