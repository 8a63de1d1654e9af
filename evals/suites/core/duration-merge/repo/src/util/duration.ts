/** A text that is no duration. */
export class DurationError extends Error {
  constructor(readonly text: string) {
    super(`not a duration: ${JSON.stringify(text)}`);
    this.name = 'DurationError';
  }
}

const UNITS = new Map<string, number>([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Adds a unit of so many milliseconds. */
export function defineUnit(name: string, ms: number): void {
  if (!/^[a-z]+$/.test(name)) throw new TypeError(`a unit has a name of small letters: ${name}`);
  if (!(ms > 0)) throw new TypeError(`a unit is longer than nothing: ${ms}`);
  if (UNITS.has(name)) throw new TypeError(`there is a unit ${name} already`);
  UNITS.set(name, ms);
}

/** Reads a text like `1h30m` as milliseconds. */
export function parseDuration(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  if (!/^(?:\d+(?:\.\d+)?[a-z]+)+$/.test(text)) throw new DurationError(text);
  let total = 0;
  for (const [, amount, name] of text.matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
    const unit = UNITS.get(name);
    if (unit === undefined) throw new DurationError(text);
    total += Number(amount) * unit;
  }
  return Math.round(total);
}

const FORMAT: ReadonlyArray<readonly [string, number]> = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
];

/** Milliseconds as a text like `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [name, unit] of FORMAT) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) text += `${count}${name}`;
  }
  return text === '' ? '0ms' : text;
}
