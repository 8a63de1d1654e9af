import { CsvError } from './errors.js';

/** Makes objects of rows: the first row names the keys. Returns what a parser takes as `onRow`. */
export function recordsOf(onRecord) {
  let header = null;
  let count = 0;
  return (row) => {
    count++;
    if (header === null) {
      const seen = new Set();
      for (const name of row) {
        if (seen.has(name)) throw new CsvError(`the column ${JSON.stringify(name)} is there twice`, 1);
        seen.add(name);
      }
      header = row;
      return;
    }
    if (row.length !== header.length) {
      throw new CsvError(`row ${count} has ${row.length} fields, the header has ${header.length}`, count);
    }
    onRecord(Object.fromEntries(header.map((name, i) => [name, row[i]])));
  };
}
