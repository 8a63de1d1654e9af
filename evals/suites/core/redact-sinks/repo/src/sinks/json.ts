import { Sink } from '../record';
import { redactValue } from '../redact';

/** One JSON object a line. */
export function jsonSink(write: (line: string) => void): Sink {
  return ({ level, message, fields }) => {
    write(`${JSON.stringify({ level, message, fields: redactValue(fields) })}\n`);
  };
}
