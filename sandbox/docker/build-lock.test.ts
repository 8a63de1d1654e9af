import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exclusively } from './build-lock.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to; `begun` resolves when it has the lock. */
function openWork() {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const work = () => {
    begin();
    return done;
  };
  return { work, begun, finish };
}

it('of many at once one works at a time, and those that wait say so once', async () => {
  const key = randomUUID();
  let working = 0;
  let waits = 0;
  const onWait = () => {
    waits += 1;
  };
  const one = (work: () => Promise<void>) =>
    exclusively(key, { signal: never, onWait }, async () => {
      working += 1;
      expect(working).toBe(1);
      await work();
      working -= 1;
    });
  const first = openWork();
  const held = one(first.work);
  await first.begun;
  const all = [held, ...Array.from({ length: 4 }, () => one(async () => undefined))];
  await expect.poll(() => waits).toBe(4);
  first.finish();
  await Promise.all(all);
  expect(waits).toBe(4);
});

it('another key does not wait', async () => {
  const held = openWork();
  const first = exclusively(randomUUID(), { signal: never, onWait: () => undefined }, held.work);
  await exclusively(randomUUID(), { signal: never, onWait: () => expect.unreachable() }, async () => undefined);
  held.finish();
  await first;
});

it('work that fails lets the next one on', async () => {
  const key = randomUUID();
  const options = { signal: never, onWait: () => undefined };
  await expect(exclusively(key, options, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await exclusively(key, options, async () => 'yes')).toBe('yes');
});

it('one that waits can give up', async () => {
  const key = randomUUID();
  const held = openWork();
  const first = exclusively(key, { signal: never, onWait: () => undefined }, held.work);
  await held.begun;
  const stop = new AbortController();
  const second = exclusively(key, { signal: stop.signal, onWait: () => stop.abort() }, () => expect.unreachable());
  await expect(second).rejects.toMatchObject({ kind: 'lost', message: expect.stringContaining('given up') });
  held.finish();
  await first;
});

it('a maker that is killed frees the lock, for who waits and for who comes later', async () => {
  const key = randomUUID();
  const module = JSON.stringify(join(import.meta.dirname, 'build-lock.ts'));
  const script = `
    const { exclusively } = await import(${module});
    const options = { signal: new AbortController().signal, onWait: () => console.log('waits') };
    await exclusively('${key}', options, () => { console.log('works'); return new Promise((r) => setTimeout(r, 1e9)); });`;
  const start = async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(String((await once(child.stdout, 'data'))[0])).toBe('works\n');
    return async () => {
      child.kill('SIGKILL');
      await once(child, 'close');
    };
  };
  const killFirst = await start();
  const waiting = openWork();
  const waiter = exclusively(key, { signal: never, onWait: waiting.finish }, async () => 'has it');
  await waiting.work();
  await killFirst();
  expect(await waiter).toBe('has it');

  const killSecond = await start();
  await killSecond();
  expect(await exclusively(key, { signal: never, onWait: () => undefined }, async () => 'has it too')).toBe(
    'has it too',
  );
});
