'use strict';

class CronError extends Error {
  constructor(message) {
    super(message);
    this.name = 'CronError';
  }
}

module.exports = { CronError };
