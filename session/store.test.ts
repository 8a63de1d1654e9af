import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fold } from './fold.ts';
import { readEvents } from './log.ts';
import { finished, prompt, responded, runFinished, sampleCreated, started } from './sample-events.ts';
import { createSession, openSession } from './store.ts';

let root: string;
let dir: string;
let log: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'drydock-session-'));
  dir = join(root, 'sessions', sampleCreated().id);
  log = join(dir, 'events.jsonl');
});
afterEach(() => rm(root, { recursive: true }));

const create = () => createSession(join(root, 'sessions'), sampleCreated());
const storeModule = new URL('./store.ts', import.meta.url).href;

async function seqs(): Promise<number[]> {
  const all: number[] = [];
  for await (const event of readEvents(dir)) all.push(event.seq);
  return all;
}

describe('a session', () => {
  it('is a private folder with the log, the blobs and the lock', async () => {
    const session = await create();
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect((await readdir(dir)).sort()).toEqual(['blobs', 'events.jsonl', 'lock']);
    expect([dir, join(dir, 'blobs')].map(mode)).toEqual([0o700, 0o700]);
    expect([log, join(dir, 'lock')].map(mode)).toEqual([0o600, 0o600]);
    await session.close();
    await session.close();
    expect((await readdir(dir)).sort()).toEqual(['blobs', 'events.jsonl']);
  });

  it('opens with the state that it was closed with, and goes on where it was', async () => {
    const session = await create();
    session.append(prompt('a task\nwith two lines \u2028 and a separator'));
    expect(session.state().messages).toHaveLength(1);
    session.append(responded(1, { calls: ['a'] }));
    const handle = await session.blobs.keep(Buffer.from('whole'));
    await session.flush();
    const last = session.append(finished(1, 'a'));
    const state = session.state();
    await session.close();

    const again = await openSession(dir);
    expect(again).toMatchObject({ id: sampleCreated().id, dir, repair: null, created: sampleCreated() });
    expect(again.state()).toEqual(state);
    expect((await again.blobs.read(handle)).bytes.toString()).toBe('whole');
    expect(again.append(runFinished()).seq).toBe(last.seq + 1);
    await again.close();
    expect(await seqs()).toEqual([1, 2, 3, 4, 5]);
  });

  it('has an event in its log as soon as append returns', async () => {
    const session = await create();
    session.append(prompt('now'));
    expect(readFileSync(log, 'utf8')).toMatch(/"text":"now".*\n$/);
    await session.close();
  });

  it('refuses an event that would not read back, and writes nothing of it', async () => {
    const session = await create();
    const bad = { ...finished(1, 'a'), durationMs: Number.NaN };
    expect(() => session.append(bad)).toThrow(/event 2 cannot be logged: tool.finished: durationMs/);
    expect(session.append(prompt('p')).seq).toBe(2);
    await session.close();
    expect(await seqs()).toEqual([1, 2]);
  });

  it('that is closed takes no more events', async () => {
    const session = await create();
    await session.close();
    expect(() => session.append(prompt('late'))).toThrow(expect.objectContaining({ kind: 'closed' }));
  });

  it('is not made twice, nor opened by two', async () => {
    const session = await create();
    await expect(create()).rejects.toMatchObject({ kind: 'exists' });
    await expect(openSession(dir)).rejects.toMatchObject({ kind: 'in_use' });
    await session.close();
  });

  it('that does not exist is not found, and nothing is made', async () => {
    await expect(openSession(dir)).rejects.toMatchObject({ kind: 'not_found' });
    mkdirSync(dir, { recursive: true });
    await expect(openSession(dir)).rejects.toMatchObject({ kind: 'not_found' });
    expect(await readdir(dir)).toEqual([]);
  });

  it('cannot be made where a file is in the way', async () => {
    writeFileSync(join(root, 'sessions'), '');
    await expect(create()).rejects.toMatchObject({ kind: 'io', hint: expect.stringContaining('XDG_STATE_HOME') });
  });
});

describe('a damaged log', () => {
  const lines = async () => {
    const session = await create();
    for (const event of [prompt('é'), responded(1, { calls: ['a'] }), started(1, 'a')]) session.append(event);
    await session.close();
    return readFileSync(log);
  };

  /** The offsets after each line that is whole within `size` bytes. */
  const lineEnds = (bytes: Buffer, size: number) =>
    [...bytes.keys()].filter((at) => bytes[at] === 0x0a && at < size).map((at) => at + 1);

  it('that is cut at any byte is read up to the cut', async () => {
    const whole = await lines();
    for (let size = 0; size <= whole.length; size += 1) {
      writeFileSync(log, whole.subarray(0, size));
      expect(await seqs()).toEqual(Array.from({ length: lineEnds(whole, size).length }, (_, i) => i + 1));
    }
  });

  it('that is cut at any byte of its last line opens without it, saves what is left of it, and goes on', async () => {
    const whole = await lines();
    const events = [];
    for await (const event of readEvents(dir)) events.push(event);
    const [, , end = 0] = lineEnds(whole, whole.length);
    for (let size = end; size < whole.length; size += 1) {
      writeFileSync(log, whole.subarray(0, size));
      const session = await openSession(dir);
      expect(session.state()).toEqual(fold(events.slice(0, 3)));
      expect(session.repair?.bytes ?? 0).toBe(size - end);
      if (session.repair !== null) expect(readFileSync(session.repair.savedAs)).toEqual(whole.subarray(end, size));
      session.append(prompt('on'));
      await session.close();
      expect(await seqs()).toEqual([1, 2, 3, 4]);
    }
  }, 30_000);

  it('without one whole line is refused and left as it is', async () => {
    const whole = await lines();
    for (const size of [0, 1, (lineEnds(whole, whole.length)[0] ?? 0) - 1]) {
      writeFileSync(log, whole.subarray(0, size));
      await expect(openSession(dir)).rejects.toMatchObject({ kind: 'corrupt', hint: expect.stringContaining(dir) });
      expect(statSync(log).size).toBe(size);
    }
  });

  it.each([
    ['text that is not JSON', 2, () => Buffer.from('{"v":1,')],
    [
      'bytes that are not UTF-8',
      3,
      (line: Buffer) => Buffer.from(line.toString('latin1').replace('p:m', 'p\xff'), 'latin1'),
    ],
    ['an empty line', 3, () => Buffer.from('')],
    ['a seq that leaves a gap', 4, (line: Buffer) => Buffer.from(line.toString().replace('"seq":4', '"seq":5'))],
    [
      'a second beginning',
      2,
      (_: Buffer, first: Buffer) => Buffer.from(first.toString().replace('"seq":1', '"seq":2')),
    ],
    [
      'no beginning',
      1,
      () => Buffer.from(JSON.stringify({ v: 1, seq: 1, at: '2026-01-01T00:00:00Z', ...prompt('p') })),
    ],
  ])('with %s names the line and changes nothing', async (_, number, damage) => {
    const split = (await lines())
      .toString('latin1')
      .split('\n')
      .map((line) => Buffer.from(line, 'latin1'));
    split[number - 1] = damage(split[number - 1] ?? Buffer.from(''), split[0] ?? Buffer.from(''));
    const bytes = Buffer.from(split.map((line) => line.toString('latin1')).join('\n'), 'latin1');
    writeFileSync(log, bytes);
    await expect(openSession(dir)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining(`line ${number} of events.jsonl is damaged`),
      hint: expect.stringContaining(log),
    });
    expect(readFileSync(log)).toEqual(bytes);
    expect(existsSync(join(dir, 'lock'))).toBe(false);
  });

  it('of a newer format is refused, not damaged', async () => {
    await lines();
    appendFileSync(log, '{"v":2,"seq":5,"at":"2030-01-01T00:00:00Z","type":"prompt"}\n');
    await expect(openSession(dir)).rejects.toMatchObject({ kind: 'newer_version', hint: 'Update Drydock.' });
  });

  it('keeps the events of unknown types', async () => {
    await lines();
    const line = '{"v":1,"seq":5,"at":"2030-01-01T00:00:00Z","type":"later.kind","data":[1]}\n';
    appendFileSync(log, line);
    const session = await openSession(dir);
    expect(session.append(prompt('on')).seq).toBe(6);
    await session.close();
    expect(readFileSync(log, 'utf8')).toContain(line);
  });
});

describe('when the process or the disk fails', () => {
  const spawnNode = (script: string, before = '') =>
    spawn('bash', ['-c', `${before} exec "$0" --input-type=module -e "$1"`, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  it('a kill -9 at any moment loses no event that append returned for', async () => {
    await (await create()).close();
    const appender = `
      import { writeSync } from 'node:fs';
      import { openSession } from ${JSON.stringify(storeModule)};
      const session = await openSession(${JSON.stringify(dir)});
      for (;;) {
        const { seq } = session.append({ type: 'notice', reason: 'r', text: 'x'.repeat(Math.random() * 50_000) });
        if (seq % 50 === 0) await session.flush();
        writeSync(1, seq + '\\n');
      }`;
    let last = 1;
    for (let round = 0; round < 4; round += 1) {
      const child = spawnNode(appender);
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += String(chunk);
      });
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
      await once(child, 'close');
      const reported = Number(output.trimEnd().split('\n').at(-1));
      const session = await openSession(dir);
      const { seq } = session.append(prompt('after'));
      await session.close();
      expect(reported).toBeGreaterThan(last);
      expect(seq).toBeGreaterThan(reported);
      expect(await seqs()).toEqual(Array.from({ length: seq }, (_, i) => i + 1));
      last = seq;
    }
  }, 60_000);

  it('a write that the disk cuts short leaves no part of the event', async () => {
    await (await create()).close();
    const before = statSync(log).size;
    // A limit on the size of files, in KiB, is the nearest to a full disk that needs no root.
    const filler = `
      import { openSession } from ${JSON.stringify(storeModule)};
      const session = await openSession(${JSON.stringify(dir)});
      const say = (length) => session.append({ type: 'notice', reason: 'r', text: 'x'.repeat(length) }).seq;
      const report = [say(1000)];
      try { say(9000); } catch (error) { report.push(error.kind, error.message); }
      report.push(say(1000));
      await session.close();
      console.log(JSON.stringify(report));`;
    const child = spawnNode(filler, 'ulimit -f 8;');
    const [output] = await once(child.stdout, 'data');
    await once(child, 'close');
    expect(JSON.parse(String(output))).toEqual([2, 'io', expect.stringMatching(/cannot write to .*: EFBIG$/), 3]);
    expect(await seqs()).toEqual([1, 2, 3]);
    expect(statSync(log).size).toBeLessThan(before + 3000);
  }, 20_000);

  it('a reader sees a log that is being written up to its last whole line', async () => {
    const session = await create();
    session.append(prompt('p'));
    truncateSync(log, statSync(log).size - 1);
    expect(await seqs()).toEqual([1]);
    await session.close();
  });
});
