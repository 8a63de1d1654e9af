import { plainError } from './errors';
import { Fields, Level, Sink } from './record';
import { redactValue } from './redact';

export interface Logger {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A logger that adds these fields to every record. */
  child(context: Fields): Logger;
}

function withPlainErrors(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? plainError(value) : value]));
}

export function createLogger({ sinks, context = {} }: { sinks: readonly Sink[]; context?: Fields }): Logger {
  const log = (level: Level) => (message: string, fields: Fields = {}): void => {
    const clean = redactValue(fields) as Fields;
    const record = { level, message, fields: withPlainErrors({ ...context, ...clean }) };
    for (const sink of sinks) sink(record);
  };
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (more) => createLogger({ sinks, context: { ...context, ...more } }),
  };
}
