export { checkConfig } from './check.js';
export { ConfigError } from './errors.js';
export { loadConfig } from './load.js';
export { fileSource, layeredSource, memorySource } from './sources.js';
export { liveConfig } from './watch.js';
