export type Fields = Record<string, string | number | null | undefined>;
export type Logger = (level: string, part: string, what: string, fields: Fields) => void;

/** A logger that writes lines with the time that `now` tells in milliseconds. */
export function lineLogger(now: () => number, write: (line: string) => void): Logger {
  return (level, part, what, fields) => {
    const rest = Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(' ');
    write(`+${(now() / 1000).toFixed(3).padStart(9, '0')} ${level.padEnd(5)} ${part.padEnd(4)} ${what.padEnd(9)} ${rest}\n`);
  };
}
