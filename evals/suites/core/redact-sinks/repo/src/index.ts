export { createLogger } from './logger';
export type { Logger } from './logger';
export type { Fields, Level, LogRecord, Sink } from './record';
export { redactText, redactValue } from './redact';
export { auditSink } from './sinks/audit';
export type { AuditEntry } from './sinks/audit';
export { jsonSink } from './sinks/json';
export { lineSink } from './sinks/line';
