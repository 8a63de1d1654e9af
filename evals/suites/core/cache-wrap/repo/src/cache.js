'use strict';

const { LruMap } = require('./lru.js');
const { cacheOptions, positive } = require('./options.js');
const { createStats } = require('./stats.js');

function createCache(given) {
  const options = cacheOptions(given);
  const entries = new LruMap();
  const stats = createStats();

  function isExpired(entry) {
    return options.now() >= entry.expiresAt;
  }

  /** The entry of a key; one that has expired is removed and counted. */
  function fresh(key) {
    const entry = entries.peek(key);
    if (entry === undefined) return undefined;
    if (!isExpired(entry)) return entry;
    entries.remove(key);
    stats.count('expirations');
    return undefined;
  }

  return {
    get(key) {
      const entry = fresh(key);
      stats.count(entry === undefined ? 'misses' : 'hits');
      if (entry === undefined) return undefined;
      entries.use(key);
      return entry.value;
    },

    has(key) {
      return fresh(key) !== undefined;
    },

    set(key, value, { ttl = options.ttl } = {}) {
      if (value === undefined) throw new TypeError('undefined cannot be cached');
      entries.put(key, { value, expiresAt: options.now() + positive('ttl', ttl) });
      while (entries.size > options.maxEntries) {
        entries.removeOldest();
        stats.count('evictions');
      }
    },

    delete(key) {
      return entries.remove(key);
    },

    deletePrefix(prefix) {
      let removed = 0;
      for (const key of entries.keys()) {
        if (key.startsWith(prefix) && entries.remove(key)) removed++;
      }
      return removed;
    },

    clear() {
      entries.clear();
    },

    stats() {
      return { ...stats.snapshot(), size: entries.size };
    },
  };
}

module.exports = { createCache };
