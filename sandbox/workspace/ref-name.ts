/** Names of refs: what git takes, by the rules of git-check-ref-format. */

/** More than any forge takes. */
const MAX_BYTES = 244;

// Beyond git's own rules: what cannot be seen, or makes a name read as another.
const HIDDEN = /[\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among what git forbids
const FORBIDDEN = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[./]$/;

/** Whether git takes `name` for a full name of a ref, such as `refs/heads/main`. */
export function isRefName(name: string): boolean {
  if (!/^refs\/[^/]/.test(name) || Buffer.byteLength(name) > MAX_BYTES || !name.isWellFormed()) return false;
  return !FORBIDDEN.test(name) && !HIDDEN.test(name);
}

/** Whether it can be the name of a branch, without `refs/heads/`; nothing that starts like an option is. */
export function isBranchName(name: string): boolean {
  return !name.startsWith('-') && name !== 'HEAD' && isRefName(`refs/heads/${name}`);
}
