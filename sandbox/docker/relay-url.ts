/** Where the relay listens in a sandbox: the proxy, and the gateway where there is one. */
import { RELAY_PORT } from './relay-program.ts';

export const GATEWAY_URL = `http://127.0.0.1:${RELAY_PORT}`;
