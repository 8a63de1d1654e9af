const DEFAULTS = { delimiter: ',', quote: '"', header: false, skipEmptyLines: false };

/** Fills in what the caller left out, and refuses what cannot work. */
export function dialect(options = {}) {
  for (const key of Object.keys(options)) {
    if (!(key in DEFAULTS)) throw new TypeError(`unknown option: ${key}`);
  }
  const chosen = { ...DEFAULTS, ...options };
  for (const key of ['delimiter', 'quote']) {
    if (typeof chosen[key] !== 'string' || chosen[key].length !== 1) {
      throw new TypeError(`${key} must be one character`);
    }
    if (chosen[key] === '\n' || chosen[key] === '\r') throw new TypeError(`${key} must not be a line end`);
  }
  if (chosen.delimiter === chosen.quote) throw new TypeError('delimiter and quote must differ');
  return chosen;
}
