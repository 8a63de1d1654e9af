'use strict';

/** A map that remembers the order of use: a Map keeps insertion order, and use inserts anew. */
class LruMap {
  constructor() {
    this.map = new Map();
  }

  get size() {
    return this.map.size;
  }

  peek(key) {
    return this.map.get(key);
  }

  use(key) {
    const value = this.map.get(key);
    if (value === undefined) return undefined;
    this.map.delete(key);
    this.map.set(key, value);
    return value;
  }

  put(key, value) {
    this.map.delete(key);
    this.map.set(key, value);
  }

  remove(key) {
    return this.map.delete(key);
  }

  removeOldest() {
    const { value: key, done } = this.map.keys().next();
    if (done) return false;
    return this.map.delete(key);
  }

  keys() {
    return [...this.map.keys()];
  }

  clear() {
    this.map.clear();
  }
}

module.exports = { LruMap };
