import { describe, expect, it } from 'vitest';
import { type ProcessSandbox, SandboxError } from '../sandbox/index.ts';
import { openLasting } from './lasting.ts';
import { NOTHING, type Workplace } from './workplace.ts';

type Made = Workplace & { number: number; lose(why?: SandboxError): void; fill(): void; fail(error: Error): void };

/** A workplace that is filled, fails and ends when it is told to. */
function makeWorkplace(number: number, adopted: boolean): Made {
  const filled = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<SandboxError | null>();
  const sandbox: ProcessSandbox = {
    exec: async () => {
      await filled.promise;
      const output = { head: Buffer.from(String(number)), tail: Buffer.alloc(0), totalBytes: 1 };
      return { exitCode: 0, reason: 'exited', output, durationMs: 0 };
    },
    spawn: () => Promise.reject(new Error('not used')),
    readFile: () => Promise.reject(new Error('not used')),
    writeFile: async () => undefined,
    list: async () => [],
    dispose: async () => undefined,
  };
  filled.promise.catch(() => undefined); // A test may look later than it fails.
  return {
    number,
    sandbox,
    filled: filled.promise,
    adopted: filled.promise.then(() => adopted),
    gone: gone.promise,
    checkpoint: async () => null,
    harvest: async () => NOTHING,
    deliver: async () => ({ branch: null, applied: false, patch: null, remarks: [], problems: [] }),
    dispose: async () => undefined,
    fill: () => filled.resolve(),
    fail: (error) => filled.reject(error),
    lose: (why) => gone.resolve(why ?? null),
  };
}

function make({ adopts = false, afterCrash = false, wanted = (): boolean => true } = {}) {
  const made: Made[] = [];
  const lasting = openLasting({
    open: () => {
      const place = makeWorkplace(made.length + 1, adopts);
      place.adopted.catch(() => undefined); // As above.
      made.push(place);
      return place;
    },
    afterCrash,
    wanted,
  });
  const at = (number: number): Made => {
    const place = made[number - 1];
    if (!place) throw new Error(`there is no workplace ${number}`);
    return place;
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const who = async () => (await lasting.sandbox.exec({ command: 'who' })).output.head.toString();
  return { lasting, made, at, settled, who };
}

describe('a lasting workplace', () => {
  it('goes on in another when its sandbox ends by itself, and tells of it once', async () => {
    const { lasting, at, settled, who } = make();
    at(1).fill();
    expect(await who()).toBe('1');
    expect(await lasting.change()).toBeNull();
    at(1).lose();
    await settled();
    const waiting = who();
    at(2).fill();
    expect(await waiting).toBe('2');
    expect(await lasting.recovered()).toBe(true);
    expect(await lasting.change()).toBe('replaced');
    expect(await lasting.change()).toBeNull();
    expect(lasting.inhabited()).toBe(true);
  });

  it('says that the sandbox is the same where it was only out of reach', async () => {
    const { lasting, at, settled } = make({ adopts: true });
    at(1).fill();
    await settled();
    at(1).lose();
    await settled();
    at(2).fill();
    expect(await lasting.change()).toBe('adopted');
  });

  it('is gone for good after the third loss', async () => {
    const { lasting, made, at, settled } = make();
    for (const number of [1, 2, 3]) {
      at(number).fill();
      await settled();
      at(number).lose();
      await settled();
    }
    expect(await lasting.gone).toBeNull();
    expect(made).toHaveLength(3);
    expect(lasting.inhabited()).toBe(false);
  });

  it('is gone with the reason where its sandbox was stopped for one, or another could not be had', async () => {
    const full = new SandboxError('lost', 'the disk is full');
    const stopped = make();
    stopped.at(1).fill();
    await stopped.settled();
    stopped.at(1).lose(full);
    expect(await stopped.lasting.gone).toBe(full);

    const away = new SandboxError('engine_unreachable', 'no engine');
    const alone = make();
    alone.at(1).fill();
    await alone.settled();
    alone.at(1).lose();
    await alone.settled();
    alone.at(2).fail(away);
    expect(await alone.lasting.gone).toBe(away);
    expect(await alone.lasting.change()).toBeNull();
  });

  it('does not replace what a run that ends does not need any more', async () => {
    const { lasting, made, at, settled } = make({ wanted: () => false });
    at(1).fill();
    await settled();
    at(1).lose();
    await lasting.gone;
    expect(made).toHaveLength(1);
  });

  it('tells after a crash what it found before anything else', async () => {
    for (const [adopts, change] of [
      [true, 'adopted'],
      [false, 'replaced'],
    ] as const) {
      const { lasting, at } = make({ afterCrash: true, adopts });
      at(1).fill();
      expect(await lasting.change()).toBe(change);
    }
  });
});
