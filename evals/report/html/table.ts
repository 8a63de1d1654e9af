/** Tables of a page. Pure. */
import { type Html, html, type Value } from './markup.ts';

/** `n`: a number, to the right. `line`: never broken into lines. `cells`: marks side by side. */
export type Column = { title: Value; kind: 'text' | 'n' | 'line' | 'cells' };

/** Columns of numbers. */
export function numbers(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, kind: 'n' }));
}

/** A row's first value is its heading. Scrolls by itself where it is too wide, by keyboard too. */
export function table(label: string, columns: readonly Column[], rows: readonly (readonly Value[])[]): Html {
  return html`${tableStart(label, columns)}${rows.map((row) => tableRow(columns, row))}${TABLE_END}`;
}

/** What comes before the rows, for a table that is written in pieces. */
export function tableStart(label: string, columns: readonly Column[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${columns.map(({ title, kind }) => html`<th class="${kind}">${title}</th>`)}</tr></thead>
<tbody>\n`;
}

export function tableRow(columns: readonly Column[], [heading = null, ...values]: readonly Value[]): Html {
  const cells = values.map((value, index) => html`<td class="${columns[index + 1]?.kind ?? 'text'}">${value}</td>`);
  return html`<tr><th scope="row" class="${columns[0]?.kind ?? 'text'}">${heading}</th>${cells}</tr>\n`;
}

export const TABLE_END = html`</tbody></table></div>\n`;
