/** Pictures of a report as SVG inside of the page. What they show stands beside them in words too. Pure. */
import type { Interval } from '../../statistics/index.ts';
import { dollars, percent, points } from '../words.ts';
import { type Html, html } from './markup.ts';

const BAR_WIDTH = 140;
const BAR_HEIGHT = 18;

/** A mean on a scale from `least` to `greatest`, with its interval as a line. With a least below 0 the bar begins at 0. */
export function intervalBar({ mean, low, high }: Interval, least: number, greatest: number): Html {
  const at = (value: number) => round(((value - least) / (greatest - least)) * (BAR_WIDTH - 4) + 2);
  const zero = at(0);
  const middle = BAR_HEIGHT / 2;
  const signed = least < 0;
  const words = signed
    ? `${points(mean)} points, from ${points(low)} to ${points(high)}`
    : `${percent(mean)}, from ${percent(low)} to ${percent(high)}`;
  const fill = { x: Math.min(zero, at(mean)), width: round(Math.abs(at(mean) - zero)) };
  return html`<svg class="bar" role="img" aria-label="${words}" width="${BAR_WIDTH}" height="${BAR_HEIGHT}">
<rect class="track" x="2" y="4" width="${BAR_WIDTH - 4}" height="10"/>
<rect class="fill" x="${fill.x}" y="4" width="${fill.width}" height="10"/>
${signed && html`<path class="zero" d="M${zero} 1V17"/>`}
<path class="whisker" d="M${at(low)} ${middle}H${at(high)}M${at(low)} 5V13M${at(high)} 5V13"/></svg>`;
}

/** A share from 0 to 1. */
export function shareBar(share: number, words: string): Html {
  return html`<svg class="bar" role="img" aria-label="${words}" width="80" height="12">
<rect class="track" x="0" y="1" width="80" height="10"/>
<rect class="fill" x="0" y="1" width="${round(80 * share)}" height="10"/></svg>`;
}

/** What an agent's trials cost on average, in dollars, and how many of them succeeded. */
export type CostPoint = { name: string; cost: number; success: Interval; front: boolean };

const PLOT = { width: 640, height: 340, left: 56, right: 24, top: 16, bottom: 48 };
const LABEL_HEIGHT = 15;
/** Of a label's character, at the plot's font size. */
const LETTER_WIDTH = 7;

/** Cost against success; the agents that no other beats in both are filled and joined by a line. Null: there are none. */
export function costPlot(agents: readonly CostPoint[]): Html | null {
  if (agents.length === 0) return null;
  const { width, height, left, right, top, bottom } = PLOT;
  const step = niceStep(Math.max(...agents.map(({ cost }) => cost)) / 4);
  const most = Math.max(1, Math.ceil((Math.max(...agents.map(({ cost }) => cost)) * 1.02) / step)) * step;
  const x = (cost: number) => round(left + (cost / most) * (width - left - right));
  const y = (success: number) => round(height - bottom - success * (height - top - bottom));
  const front = agents.filter((agent) => agent.front).toSorted((a, b) => a.cost - b.cost);
  const line = front.map(({ cost, success }, index) =>
    index === 0 ? `M${x(cost)} ${y(success.mean)}` : `H${x(cost)}V${y(success.mean)}`,
  );
  const ticks = Array.from({ length: Math.round(most / step) + 1 }, (_, index) => index * step);
  const words = agents
    .map(({ name, cost, success }) => `${name}: ${dollars(cost)}, ${percent(success.mean)}`)
    .join('; ');
  const labels = placeLabels(
    agents.map(({ name, cost, success }) => ({ name: short(name), x: x(cost), y: y(success.mean) })),
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Plot">
<svg class="plot" role="img" aria-label="Cost and success: ${words}" viewBox="0 0 ${width} ${height}">
${[0, 0.25, 0.5, 0.75, 1].map(
  (share) => html`<path class="grid" d="M${left} ${y(share)}H${width - right}"/>
<text class="tick" x="${left - 8}" y="${y(share) + 4}" text-anchor="end">${percent(share)}</text>\n`,
)}${ticks.map(
  (cost) => html`<path class="grid" d="M${x(cost)} ${top}V${height - bottom}"/>
<text class="tick" x="${x(cost)}" y="${height - bottom + 18}" text-anchor="middle">${money(cost, step)}</text>\n`,
)}<text class="tick" x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">cost of a trial on average</text>
${agents.map(({ cost, success }) => html`<path class="interval" d="M${x(cost)} ${y(success.low)}V${y(success.high)}"/>\n`)}
<path class="front" d="${line.join('')}"/>
${agents.map((agent) => {
  const kind = agent.front ? 'point best' : 'point';
  return html`<circle class="${kind}" cx="${x(agent.cost)}" cy="${y(agent.success.mean)}" r="6"/>\n`;
})}${labels.map(
  (label) =>
    html`<text class="label" x="${label.x}" y="${label.y}" text-anchor="${label.anchor}">${label.name}</text>\n`,
)}</svg></div>`;
}

type Spot = { name: string; x: number; y: number };

/** Beside its point, on the side that has room, and below any label that is in the way. */
export function placeLabels(spots: readonly Spot[]): (Spot & { anchor: 'start' | 'end' })[] {
  const placed: (Spot & { anchor: 'start' | 'end'; from: number; to: number })[] = [];
  for (const { name, x, y } of spots.toSorted((a, b) => a.y - b.y)) {
    const length = name.length * LETTER_WIDTH;
    const anchor = x + 12 + length > PLOT.width ? 'end' : 'start';
    const from = anchor === 'start' ? x + 10 : x - 10 - length;
    const to = from + length;
    let lower = y - 6;
    for (const other of placed) {
      if (from < other.to && other.from < to && lower < other.y + LABEL_HEIGHT) lower = other.y + LABEL_HEIGHT;
    }
    placed.push({ name, x: anchor === 'start' ? from : to, y: lower, anchor, from, to });
  }
  return placed.map(({ name, x, y, anchor }) => ({ name, x, y, anchor }));
}

/** 1, 2 or 5 times a power of ten, at least `least`; 1 where nothing costs anything. */
export function niceStep(least: number): number {
  if (least <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}

function money(cost: number, step: number): string {
  return `$${cost.toFixed(step >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(step))))}`;
}

function short(name: string): string {
  return name.length > 28 ? `${name.slice(0, 27)}…` : name;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
