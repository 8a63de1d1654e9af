/** What a router can be told when it is created, and what holds where it is told nothing. */
export const DEFAULTS = {
  /** Whether parameters that could leave a folder when used as a file name are refused. */
  rejectUnsafe: true,
  /** The longest path in characters; longer ones are answered with 414. */
  maxPathLength: 2048,
};

export function settings(given = {}) {
  for (const key of Object.keys(given)) {
    if (!(key in DEFAULTS)) throw new TypeError(`unknown setting: ${key}`);
  }
  return { ...DEFAULTS, ...given };
}
