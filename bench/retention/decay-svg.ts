/** The decay curve as an SVG: share of the facts met so far that are in view, over the compactions. Pure. */
import type { DecayLine } from './report.ts';

const WIDTH = 720;
const HEIGHT = 360;
const PLOT = { left: 64, right: 600, top: 48, bottom: 300 };
/** Told apart by brightness and by dashes too, for who does not see colours. */
const STYLES = [
  { colour: '#0b5fa5', dash: '' },
  { colour: '#c2410c', dash: '7 4' },
  { colour: '#5b7f1d', dash: '2 4' },
  { colour: '#6b7280', dash: '10 3 2 3' },
];

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const at = (value: number) => value.toFixed(1);

/** `title` is one line. Lines end where their runs had no more compactions. */
export function decaySvg(title: string, lines: readonly DecayLine[]): string {
  const most = Math.max(2, ...lines.map(({ shares }) => shares.length));
  const x = (compaction: number) => PLOT.left + ((compaction - 1) / (most - 1)) * (PLOT.right - PLOT.left);
  const y = (share: number) => PLOT.bottom - share * (PLOT.bottom - PLOT.top);
  const text = (left: number, top: number, said: string, extra = '') =>
    `<text x="${at(left)}" y="${at(top)}"${extra}>${escaped(said)}</text>`;
  const rows = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line x1="${PLOT.left}" x2="${PLOT.right}" y1="${at(y(share))}" y2="${at(y(share))}" stroke="#d4d4d8"/>`,
    text(PLOT.left - 8, y(share) + 4, `${100 * share} %`, ' text-anchor="end"'),
  ]);
  const step = Math.ceil(most / 12);
  const columns = Array.from({ length: most }, (_, index) => index + 1)
    .filter((compaction) => (compaction - 1) % step === 0)
    .map((compaction) => text(x(compaction), PLOT.bottom + 18, String(compaction), ' text-anchor="middle"'));
  const curves = lines.flatMap(({ name, shares }, index) => {
    const { colour, dash } = STYLES[index % STYLES.length] ?? { colour: '#000', dash: '' };
    const stroke = `stroke="${colour}" stroke-width="2.5"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
    const points = shares.map((share, place) => `${at(x(place + 1))},${at(y(share))}`).join(' ');
    const top = PLOT.top + 10 + index * 24;
    return [
      `<polyline fill="none" ${stroke} points="${points}"/>`,
      ...shares.map((share, place) => `<circle cx="${at(x(place + 1))}" cy="${at(y(share))}" r="3" fill="${colour}"/>`),
      `<line x1="${PLOT.right + 16}" x2="${PLOT.right + 44}" y1="${top}" y2="${top}" ${stroke}/>`,
      text(PLOT.right + 50, top + 4, name),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="#27272a">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(PLOT.left, 26, title, ' font-size="15"'),
    ...rows,
    ...columns,
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 42, 'compaction', ' text-anchor="middle"'),
    ...curves,
    '</svg>',
    '',
  ].join('\n');
}
