'use strict';

/** A view of a cache in which every key has a prefix; `clear` removes the keys of the view only. */
function namespace(cache, name) {
  const prefix = `${name}:`;
  return {
    get: (key) => cache.get(prefix + key),
    has: (key) => cache.has(prefix + key),
    set: (key, value, options) => cache.set(prefix + key, value, options),
    delete: (key) => cache.delete(prefix + key),
    clear: () => cache.deletePrefix(prefix),
  };
}

module.exports = { namespace };
