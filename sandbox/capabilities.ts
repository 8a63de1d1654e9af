/** What each backend can do. What it cannot is refused by name, never silently left out. */
export type Capabilities = {
  /** Network policies. */
  networks: readonly string[];
  /** Which of a container's limits can be set. Time and output of a command are limited everywhere. */
  limits: readonly ('memory' | 'cpus' | 'pids' | 'disk')[];
  /** Commands run in an image. */
  images: boolean;
  /** The work is done on a copy, which is saved after each turn and handed over at the end. */
  copies: boolean;
  /** Whether commands can run as a user that the caller names. */
  users: boolean;
};

export const CAPABILITIES: Record<'docker' | 'host', Capabilities> = {
  docker: {
    networks: ['none', 'allow', 'full'],
    limits: ['memory', 'cpus', 'pids', 'disk'],
    images: true,
    copies: true,
    users: false,
  },
  host: { networks: ['full'], limits: [], images: false, copies: false, users: true },
};
