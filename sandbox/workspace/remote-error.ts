/** What can go wrong between git and a remote, and how git's words for it become one clear line. */
import type { GitError } from './git.ts';
import { plainLine } from './plain-line.ts';

export type RemoteErrorKind =
  /** The address or a name cannot be used; nothing was sent. */
  | 'address'
  /** The remote wants another token, or one that may do more. */
  | 'denied'
  /** There is no such repository, branch or commit. */
  | 'missing'
  /** It does not answer, or not with git's words. */
  | 'unreachable'
  /** It has understood, and does not want to. */
  | 'refused';

/** A git remote cannot be used. `message` is one line, and holds no token. */
export class RemoteError extends Error {
  readonly kind: RemoteErrorKind;
  constructor(kind: RemoteErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RemoteError';
    this.kind = kind;
  }
}

/** The words of git and libcurl that tell what has happened, the most telling first. */
const SIGNS: readonly (readonly [RegExp, RemoteErrorKind, string])[] = [
  [/could not read (Username|Password)|Authentication failed|returned error: 401/i, 'denied', 'it refused the token'],
  [/returned error: 403/i, 'denied', 'the token may not do this'],
  [/returned error: 30\d|redirect/i, 'unreachable', 'it has moved: give its new address'],
  [
    /returned error: 404|repository '.*' not found|does not appear to be a git repository|not a git repository/i,
    'missing',
    'there is no such repository, or the token may not see it',
  ],
  [/couldn't find remote ref/i, 'missing', 'it has no such branch'],
  [/not our ref|unadvertised object/i, 'missing', 'it has no such commit, or does not give it'],
];

/** Says in one line why a call to the remote `name` has failed. */
export function explainRemote(error: GitError, doing: string, name: string): RemoteError {
  const text = error.stderr === '' ? error.message : error.stderr;
  for (const [sign, kind, words] of SIGNS) {
    if (sign.test(text)) return new RemoteError(kind, `${doing} ${name}: ${words}`);
  }
  const refusal = refusalOf(error);
  if (refusal !== null) return new RemoteError('refused', `${doing} ${name}: it refused: ${refusal}`);
  // The cause is left out: git's own words may hold whatever the other side has sent.
  return new RemoteError('unreachable', `${doing} ${name}: ${plainLine(telling(text) ?? error.message)}`);
}

/** Why the remote did not move the branch: the reason of `git push --porcelain`, and what its hooks have said. */
function refusalOf({ stdout, stderr }: GitError): string | null {
  const [, reason] = /^!\t[^\t]*\t.*\((.*)\)$/m.exec(stdout.toString()) ?? [];
  if (reason === undefined) return null;
  const said = stderr
    .split('\n')
    .flatMap((line) => (line.startsWith('remote: ') ? [line.slice('remote: '.length)] : []));
  const text = plainLine(said.join(' '));
  return plainLine(text === '' ? reason : `${reason}: ${text}`);
}

function telling(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^(fatal|error):/.test(line)) ?? lines[0];
}
