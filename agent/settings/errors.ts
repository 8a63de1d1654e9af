/** A setting that cannot be: one line that names it and where it was said, and the way out. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly hint: string;
  constructor(message: string, hint = '') {
    super(message);
    this.hint = hint;
  }
}
