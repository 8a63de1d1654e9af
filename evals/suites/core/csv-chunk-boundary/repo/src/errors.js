/** What is wrong with the input, and in which line (counted from 1) it began. */
export class CsvError extends Error {
  constructor(message, line) {
    super(`${message} (line ${line})`);
    this.name = 'CsvError';
    this.line = line;
  }
}
