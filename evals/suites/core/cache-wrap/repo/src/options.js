'use strict';

function positive(name, value) {
  if (typeof value !== 'number' || Number.isNaN(value) || value <= 0) {
    throw new TypeError(`${name} must be a positive number`);
  }
  return value;
}

/** Checks and completes the options of a cache. */
function cacheOptions({ ttl = Infinity, maxEntries = Infinity, now = Date.now } = {}) {
  return { ttl: positive('ttl', ttl), maxEntries: positive('maxEntries', maxEntries), now };
}

module.exports = { cacheOptions, positive };
