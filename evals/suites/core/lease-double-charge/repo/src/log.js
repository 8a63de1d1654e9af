/** Writes lines with time, level, part and fields to `write`. */
export function createLog(clock, write) {
  const line = (level, part, message, fields) => {
    const rest = Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(' ');
    write(`${clock.stamp()} ${level.padEnd(5)} ${part.padEnd(7)} ${message.padEnd(16)} ${rest}\n`);
  };
  return {
    debug: (part, message, fields = {}) => line('DEBUG', part, message, fields),
    info: (part, message, fields = {}) => line('INFO', part, message, fields),
    warn: (part, message, fields = {}) => line('WARN', part, message, fields),
  };
}
