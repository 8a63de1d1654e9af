'use strict';

const { parse } = require('./expression.js');
const { nextRun } = require('./next.js');

/** Named expressions, and what is due next among them. */
class Agenda {
  constructor() {
    this.entries = new Map();
  }

  add(name, text) {
    if (this.entries.has(name)) throw new Error(`there is an entry ${name} already`);
    this.entries.set(name, parse(text));
    return this;
  }

  remove(name) {
    return this.entries.delete(name);
  }

  /** The next `count` runs after a time: `{ name, at }`, earliest first. */
  upcoming(after, count) {
    const due = [];
    for (const [name, expression] of this.entries) {
      let at = nextRun(expression, after);
      for (let i = 0; i < count && at !== null; i++) {
        due.push({ name, at });
        at = nextRun(expression, at);
      }
    }
    due.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
    return due.slice(0, count);
  }
}

module.exports = { Agenda };
