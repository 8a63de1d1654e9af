const SEPARATOR = '-';

/** Turns a title into the last part of an address: "Hello, World!" becomes "hello-world". */
export function slug(title, { maxLength = 40 } = {}) {
  const words = title
    .normalize('NFKD')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return shorten(words.join(SEPARATOR), maxLength);
}

/** Cuts at the last separator that fits, so that no word is halved. */
function shorten(text, maxLength) {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength).lastIndexOf(SEPARATOR);
  return text.slice(0, cut);
}
