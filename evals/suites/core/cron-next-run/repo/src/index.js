'use strict';

const { Agenda } = require('./agenda.js');
const { describe } = require('./describe.js');
const { CronError } = require('./errors.js');
const { parse } = require('./expression.js');
const { nextRun } = require('./next.js');

module.exports = { Agenda, CronError, describe, nextRun, parse };
