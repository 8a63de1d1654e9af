/** What a fault of the matrix is, and the turns that most of them are made of. */
import { shellTurn } from '../harness.ts';
import type { Protocol, ScriptedTurn } from '../model-server.ts';

/** `nth` counts the requests that reach the server after the first, whose call has done something by then. */
export type Answer = (nth: number, protocol: Protocol) => ScriptedTurn;

/** One row of the matrix: what goes wrong, and how a run has to come out of it. */
export type Fault = {
  name: string;
  answer?: Answer;
  /** The first request is hit already, as the second and later ones would be. */
  atOnce?: true;
  /** Where every provider is said to be, in place of the server. */
  url?: string;
  args?: readonly string[];
  /** Requests that were tried, whether or not they reached anybody. */
  requests: number;
  /** Milliseconds before each retry, where the provider says them. */
  delayMs?: number;
  code: number;
  /** What the one line on stderr says; absent: the run does not fail. */
  says?: RegExp;
  /** The letters that `appends` has put into the witness, in order. */
  witness: string;
};

/** The call whose effect would show if it happened twice, or not at all. */
export const appends = (letter: string) => `printf ${letter} >>witness`;

/** The turn of every run that comes before its fault. */
export const FIRST = shellTurn(appends('a'));

export const DONE: ScriptedTurn = { text: 'Done.' };

/** The fault once, then what was meant. */
export const once =
  (turn: ScriptedTurn, then: ScriptedTurn = DONE): Answer =>
  (nth) =>
    [turn, then][nth - 1] ?? DONE;

export const always =
  (turn: ScriptedTurn): Answer =>
  () =>
    turn;

/** An error's body in the form of each provider's documentation. */
type Words = {
  claude: [type: string, message: string, errorCode?: string];
  gpt: [message: string, code: string | null, type: string];
};

/** An answer that is an error, with its status. */
export function failure(
  status: number,
  { claude, gpt }: Words,
  headers: Record<string, string> = {},
): (protocol: Protocol) => ScriptedTurn {
  return (protocol) => {
    const [type, message, error_code] = claude;
    const [text, code, kind] = gpt;
    const body =
      protocol === 'messages'
        ? {
            type: 'error',
            error: { type, message, ...(error_code && { details: { error_code } }) },
            request_id: 'req_1',
          }
        : { error: { message: text, type: kind, param: null, code } };
    return { error: { status, body, headers } };
  };
}
