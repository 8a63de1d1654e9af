import { Stamp } from './stamp';
import { Entry } from './store';

export type Message =
  | { readonly kind: 'change'; readonly entry: Entry }
  | { readonly kind: 'digest'; readonly stamps: ReadonlyArray<{ readonly key: string; readonly stamp: Stamp }> }
  | { readonly kind: 'want'; readonly keys: readonly string[] }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] };

export type Send = (to: string, message: Message) => void;
