export { cacheRule } from './cache';
export { formatTimespan, parseTimespan } from './legacy/timespan';
export { limitRule } from './limit';
export { retryRule } from './retry';
export { readRules } from './rules';
export type { Rules, RulesOptions } from './rules';
export { sessionRule } from './session';
export { DurationError, defineUnit, formatDuration, parseDuration } from './util/duration';
