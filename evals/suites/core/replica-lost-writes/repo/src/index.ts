export { Replica } from './replica';
export type { ReplicaOptions } from './replica';
export type { Message, Send } from './messages';
export type { Entry } from './store';
export type { Stamp } from './stamp';
