export type Level = 'debug' | 'info' | 'warn' | 'error';

export type Fields = Record<string, unknown>;

/** What a logger hands to its sinks. */
export interface LogRecord {
  readonly level: Level;
  readonly message: string;
  readonly fields: Fields;
}

export type Sink = (record: LogRecord) => void;
