const SECONDS: Record<string, number> = {
  sec: 1,
  second: 1,
  seconds: 1,
  min: 60,
  minute: 60,
  minutes: 60,
  h: 3600,
  hour: 3600,
  hours: 3600,
  day: 86400,
  days: 86400,
  week: 604800,
  weeks: 604800,
};

/** Reads a text like `1 h 30 min` as seconds. */
export function parseTimespan(input: string): number {
  const text = input.trim().toLowerCase();
  if (text === 'never') return Infinity;
  if (/^\d+(?:[.,]\d+)?$/.test(text)) return Number(text.replace(',', '.'));
  const pattern = /(\d+(?:[.,]\d+)?)\s*([a-z]+)\s*/y;
  let total = 0;
  let position = 0;
  while (position < text.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match === null || !Object.prototype.hasOwnProperty.call(SECONDS, match[2])) throw new Error(`cannot read time span "${input}"`);
    total += Number(match[1].replace(',', '.')) * SECONDS[match[2]];
    position = pattern.lastIndex;
  }
  if (position === 0) throw new Error(`cannot read time span "${input}"`);
  return total;
}

/** Seconds as a text like `1 h 30 min`: the two greatest units, rounded down. */
export function formatTimespan(seconds: number): string {
  if (seconds === Infinity) return 'never';
  const parts: string[] = [];
  let rest = Math.floor(seconds);
  for (const [name, unit] of [['day', 86400], ['h', 3600], ['min', 60], ['sec', 1]] as const) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(name === 'day' && count > 1 ? `${count} days` : `${count} ${name}`);
  }
  return parts.length === 0 ? '0 sec' : parts.slice(0, 2).join(' ');
}
