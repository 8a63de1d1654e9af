/** Names of files that somebody else chose: as a file system that folds them may see them, and whether they are safe to check out. */

/** What is not seen, or turns what is around it: controls, formats such as bidi and zero width, fillers, selectors, tags. */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Reserved on Windows, with any ending. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
/** What Windows calls a long name in programs of old: `GITHUB~1` is `.github`. */
const SHORT_NAME = /^[^.]{1,7}~[0-9]{1,6}(\.[^.]{0,3})?$/;

/** Linux has no longer ones. */
const MAX_PATH_BYTES = 4096;
const MAX_NAME_BYTES = 255;

/**
 * The path as the most forgiving file systems see it: in one Unicode form, in small letters, without what they ignore, cut where
 * Windows begins to speak of a stream. Two names that are one somewhere are one here; some that are two everywhere are one too.
 */
export function foldPath(path: string): string {
  const plain = path.normalize('NFKC').replace(new RegExp(UNSEEN, 'gu'), '').toUpperCase().toLowerCase();
  const names = plain.split(/[\\/]/).map((name) => name.replace(/:.*$/s, '').replace(/[. ]+$/, ''));
  return names.filter((name) => name !== '').join('/');
}

/** `always`: nobody can review such a name; it is in no allowance. */
export type BadName = { why: string; always: boolean };

/** Why a new file must not have this path; null: it may. */
export function badName(path: string): BadName | null {
  const names = path.split('/');
  if (path.includes('\uFFFD')) return { why: 'its name is not UTF-8', always: true };
  if (UNSEEN.test(path)) return { why: 'its name holds control or invisible characters', always: true };
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES)) {
    return { why: 'its name is longer than file systems take', always: true };
  }
  if (
    names.some((name) => name === '' || /^\.{1,2}$/.test(name)) ||
    /(^|\/)(\.git|git~[0-9]+)(\/|$)/.test(foldPath(path))
  ) {
    return { why: 'its name is one that git keeps for itself', always: true };
  }
  if (/[\\:]/.test(path)) return { why: 'its name holds a backslash or a colon', always: false };
  if (names.some((name) => /[. ]$|^ /.test(name)))
    return { why: 'a name in it begins or ends with a space, or ends with a dot', always: false };
  if (names.some((name) => DEVICE.test(name))) return { why: 'its name is a device on Windows', always: false };
  if (names.some((name) => SHORT_NAME.test(name)))
    return { why: 'its name is short for another one on Windows', always: false };
  return null;
}
