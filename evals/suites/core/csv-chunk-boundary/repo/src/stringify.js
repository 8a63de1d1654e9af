import { dialect } from './dialect.js';

function needsQuotes(text, { delimiter, quote }) {
  return text.includes(delimiter) || text.includes(quote) || /[\r\n]/.test(text) || text.charCodeAt(0) === 0xfeff;
}

function formatField(value, options) {
  const text = value === null || value === undefined ? '' : String(value);
  if (!needsQuotes(text, options)) return text;
  const { quote } = options;
  return quote + text.split(quote).join(quote + quote) + quote;
}

/** Rows, or objects that all have the keys of the first one, as CSV that ends with a line end. */
export function stringify(rows, options) {
  const chosen = dialect(options);
  if (rows.length === 0) return '';
  const lines = [];
  if (Array.isArray(rows[0])) {
    for (const row of rows) lines.push(row.map((value) => formatField(value, chosen)).join(chosen.delimiter));
  } else {
    const header = Object.keys(rows[0]);
    lines.push(header.map((name) => formatField(name, chosen)).join(chosen.delimiter));
    for (const row of rows) lines.push(header.map((name) => formatField(row[name], chosen)).join(chosen.delimiter));
  }
  return `${lines.join('\n')}\n`;
}
