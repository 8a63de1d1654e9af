/** Quotes a string as one word for a POSIX shell, whatever bytes it holds (NUL cannot be in an argument). */
export function shellQuote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
