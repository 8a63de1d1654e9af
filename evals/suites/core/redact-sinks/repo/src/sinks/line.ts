import { Sink } from '../record';
import { redactText } from '../redact';

/** One line for people: level, message, and the fields as JSON. */
export function lineSink(write: (line: string) => void): Sink {
  return ({ level, message, fields }) => {
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    write(`${level.toUpperCase()} ${redactText(message)}${rest.join('')}\n`);
  };
}
