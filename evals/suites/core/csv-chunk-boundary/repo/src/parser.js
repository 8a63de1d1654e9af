import { CsvError } from './errors.js';

/**
 * A push parser: feed it text with `write`, close it with `end`. `onRow` is called with an array of fields as soon as
 * a row is complete.
 */
export class Parser {
  constructor(options, onRow) {
    this.options = options;
    this.onRow = onRow;
    this.field = '';
    this.row = [];
    this.quoted = false;
    this.fieldStarted = false;
    this.started = false;
    this.line = 1;
    this.quoteLine = 0;
  }

  write(text) {
    const { delimiter, quote } = this.options;
    let i = 0;
    if (!this.started) {
      this.started = true;
      if (text.charCodeAt(0) === 0xfeff) i = 1;
    }
    for (; i < text.length; i++) {
      const c = text[i];
      if (this.quoted) {
        if (c === quote) {
          if (text[i + 1] === quote) {
            this.field += quote;
            i++;
          } else {
            this.quoted = false;
          }
        } else {
          if (c === '\n') this.line++;
          this.field += c;
        }
      } else if (c === quote && !this.fieldStarted) {
        this.quoted = true;
        this.fieldStarted = true;
        this.quoteLine = this.line;
      } else if (c === delimiter) {
        this.endField();
      } else if (c === '\n' || c === '\r') {
        if (c === '\r' && text[i + 1] === '\n') i++;
        this.line++;
        this.endRow();
      } else {
        this.fieldStarted = true;
        this.field += c;
      }
    }
  }

  end() {
    if (this.quoted) throw new CsvError('a quoted field is not closed', this.quoteLine);
    if (this.fieldStarted || this.row.length > 0) this.endRow();
  }

  endField() {
    this.row.push(this.field);
    this.field = '';
    this.fieldStarted = false;
  }

  endRow() {
    this.endField();
    const row = this.row;
    this.row = [];
    if (this.options.skipEmptyLines && row.length === 1 && row[0] === '') return;
    this.onRow(row);
  }
}
