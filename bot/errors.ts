/** The forge, its git remote or a file of the bot's cannot be used. `message` is one line, `hint` the way out. */
export class BotError extends Error {
  /** `input`: a file or a flag is not as it must be. `forge`: the forge or its remote refused or did not answer. */
  readonly kind: 'input' | 'forge';
  readonly hint: string;
  constructor(kind: BotError['kind'], message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'BotError';
    this.kind = kind;
    this.hint = hint;
  }
}
