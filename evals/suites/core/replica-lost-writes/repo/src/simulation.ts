import { lineLogger } from './logger';
import { Network } from './network';
import { createRandom } from './random';
import { Replica } from './replica';
import { compareStamps, formatStamp } from './stamp';
import { Entry } from './store';

const NAMES = ['ada', 'bob', 'cyd', 'dee'];
const LENGTH_MS = 30 * 60_000;
const SYNC_EVERY_MS = 20_000;

export interface Audit {
  readonly changes: number;
  readonly restarts: number;
  readonly diverged: number;
  readonly lost: number;
}

/** Plays a soak test; `write` gets the log line by line. */
export function simulate({ seed, keys = 40, write = () => undefined }: { seed: number; keys?: number; write?: (line: string) => void }): Audit {
  const random = createRandom(seed);
  const replicas = new Map<string, Replica>();
  const network = new Network(random, () => log, (from, to, message) => replicas.get(to)?.receive(from, message));
  const log = lineLogger(() => network.now, write);
  const start = (name: string, snapshot: readonly Entry[]): void => {
    const peers = NAMES.filter((peer) => peer !== name);
    replicas.set(name, new Replica({ name, peers, snapshot, log, send: (to, message) => network.send(name, to, message) }));
  };
  for (const name of NAMES) start(name, []);

  const keyNames = Array.from({ length: keys }, (_, i) => `cart:${String(i + 1).padStart(2, '0')}`);
  let changes = 0;
  let restarts = 0;
  let lost = 0;

  const changeOne = (): void => {
    const replica = replicas.get(random.pick(NAMES));
    const key = random.pick(keyNames);
    if (replica !== undefined) {
      const before = replica.entry(key);
      changes++;
      const entry = random.chance(0.1) ? replica.delete(key) : replica.put(key, `v${changes}`);
      if (before !== undefined && compareStamps(entry.stamp, before.stamp) <= 0) lost++;
    }
    if (network.now < LENGTH_MS) network.after(random.between(400, 2_400), changeOne);
  };
  const syncAll = (name: string): void => {
    replicas.get(name)?.sync(random.pick(NAMES.filter((peer) => peer !== name)));
    if (network.now < LENGTH_MS) network.after(SYNC_EVERY_MS + random.between(-3_000, 3_000), () => syncAll(name));
  };
  const restartOne = (): void => {
    const name = random.pick(NAMES);
    const snapshot = replicas.get(name)?.snapshot() ?? [];
    replicas.delete(name);
    log('INFO', name, 'stopped', { keys: snapshot.length });
    network.after(random.between(4_000, 15_000), () => {
      start(name, snapshot);
      restarts++;
      log('INFO', name, 'started', { keys: snapshot.length });
      replicas.get(name)?.sync(random.pick(NAMES.filter((peer) => peer !== name)));
    });
    if (network.now < LENGTH_MS - 60_000) network.after(random.between(180_000, 420_000), restartOne);
  };
  network.after(500, changeOne);
  NAMES.forEach((name, i) => network.after(3_000 * (i + 1), () => syncAll(name)));
  network.after(200_000, restartOne);
  network.run(LENGTH_MS + 60_000);

  network.calm = true;
  for (let round = 0; round < NAMES.length * 2; round++) {
    for (const name of NAMES) {
      for (const peer of NAMES) if (peer !== name) replicas.get(name)?.sync(peer);
    }
    network.run(network.now + 10_000);
  }
  const diverged = keyNames.filter((key) => new Set(NAMES.map((name) => formatStamp(replicas.get(name)?.entry(key)?.stamp))).size > 1);
  return { changes, restarts, diverged: diverged.length, lost };
}
