'use strict';

const { createCache } = require('./cache.js');
const { namespace } = require('./namespace.js');

module.exports = { createCache, namespace };
