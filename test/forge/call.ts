/** What a route of the double is given, and the kinds of answer that it may give. */
import type { Refs } from './refs.ts';
import type { ForgeState } from './state.ts';
import type { View } from './views.ts';

/** A request that has passed the checks of its shape and its token. */
export type Call = {
  state: ForgeState;
  refs: Refs;
  view: View;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
  /** Who the token belongs to. */
  login: string;
  accept: string;
  /** Where files without authentication are, such as the logs of jobs. */
  blobs: string;
};

/** `list` is cut into pages; `wrap` puts a page into what surrounds it. */
export type Answer =
  | { status: number; json: unknown }
  | { status: number; headers: Record<string, string>; text: string }
  | { list: unknown[]; wrap?: (page: unknown[], total: number) => unknown };

export type Route = (call: Call) => Answer | Promise<Answer>;

/** An answer that is GitHub's way to say no. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: unknown[] | undefined;
  constructor(status: number, message: string, errors?: unknown[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** The body of an error as GitHub writes it. */
export function refusalBody({ status, message, errors }: Refusal) {
  return {
    message,
    ...(errors === undefined ? {} : { errors }),
    documentation_url: 'https://docs.github.com/rest',
    status: String(status),
  };
}

export const notFound = () => new Refusal(404, 'Not Found');

/** `errors` are GitHub's: resource, code, and a field or a message. */
export const invalid = (...errors: unknown[]) => new Refusal(422, 'Validation Failed', errors);

/** GitHub takes no longer text for a body: so many characters. */
const MAX_BODY = 65_536;
const MAX_TITLE = 256;

/** Refuses what GitHub would not store. */
export function checkTexts(resource: string, texts: { title?: string | undefined; body?: string | null | undefined }) {
  const long = (field: string, most: number) =>
    invalid({ resource, code: 'custom', field, message: `${field} is too long (maximum is ${most} characters)` });
  if (texts.title?.trim() === '') throw invalid({ resource, code: 'missing_field', field: 'title' });
  if ([...(texts.title ?? '')].length > MAX_TITLE) throw long('title', MAX_TITLE);
  if ([...(texts.body ?? '')].length > MAX_BODY) throw long('body', MAX_BODY);
}
