/** Why a session cannot be made, opened, found or written. */
export type SessionErrorKind =
  | 'not_found'
  | 'ambiguous'
  | 'no_such_turn'
  | 'no_checkpoints'
  | 'no_work'
  | 'exists'
  | 'in_use'
  | 'corrupt'
  | 'newer_version'
  | 'invalid_event'
  | 'missing_blob'
  | 'closed'
  | 'io';

/** A session failed. `message` is one line that names the cause and the input; `hint` says the way out. */
export class SessionError extends Error {
  readonly kind: SessionErrorKind;
  readonly hint: string;
  constructor(kind: SessionErrorKind, message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'SessionError';
    this.kind = kind;
    this.hint = hint;
  }
}

/** The code of a file system error, e.g. `ENOENT`; null for anything else. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
