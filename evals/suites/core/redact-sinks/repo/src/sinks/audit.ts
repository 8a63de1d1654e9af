import { Level, Sink } from '../record';

export interface AuditEntry {
  readonly number: number;
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Records with a running number; debug records are left out. */
export function auditSink(append: (entry: AuditEntry) => void): Sink {
  let number = 0;
  return ({ level, message, fields }) => {
    if (level === 'debug') return;
    number++;
    append({ number, level, message, fields });
  };
}
