/** What models and repositories wrote, made safe to read: no character works unseen. Pure. */
import { showControls } from '../../tools/index.ts';

/**
 * Format characters that `showControls` leaves, since a terminal shows no harm in them: zero-width ones, marks of direction, line
 * separators, the soft hyphen, and tags.
 */
const INVISIBLE =
  /[\u00ad\u061c\u180e\u200b-\u200f\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** Colours, which test runners write though nobody asked. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
const COLOURS = /\x1b\[[0-9;:]*m/g;

/** Shows control characters but tab and line feed, and invisible ones, as a picture or a number; removes nothing. */
export function visible(text: string): string {
  return showControls(text.replaceAll('\r\n', '\n')).replace(
    INVISIBLE,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
  );
}

/** As `visible`, for what a command printed: colours go, and nothing else. */
export function visibleOutput(text: string): string {
  return visible(text.replace(COLOURS, ''));
}

/** As `visible`, on one line of at most `max` characters. */
export function visibleLine(text: string, max: number): string {
  const line = visible(
    text
      .slice(0, 4 * max)
      .trim()
      .replace(/\s+/g, ' '),
  );
  return line.length <= max ? line : `${line.slice(0, max - 1)}…`;
}
