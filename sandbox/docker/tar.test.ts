import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tarOf } from './tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'drydock-tar-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a tar of files in memory', () => {
  it('is read by tar: any bytes, any length of path, executable bits, folders that only their owner writes', () => {
    const long = `${'deep/'.repeat(40)}${'ä'.repeat(60)}.md`;
    const files = [
      { path: 'a/SKILL.md', executable: false, bytes: Buffer.from('text\n') },
      { path: 'a/scripts/run.sh', executable: true, bytes: Buffer.from('#!/bin/sh\n') },
      { path: `b/${long}`, executable: false, bytes: Buffer.alloc(512, 7) },
      { path: 'b/empty', executable: false, bytes: Buffer.alloc(0) },
    ];
    execFileSync('tar', ['-x', '-p', '-C', folder], { input: tarOf('skills', files) });
    for (const { path, executable, bytes } of files) {
      const placed = join(folder, 'skills', path);
      expect(readFileSync(placed)).toEqual(bytes);
      expect(statSync(placed).mode & 0o777).toBe(executable ? 0o755 : 0o644);
    }
    expect(statSync(join(folder, 'skills/b/deep/deep')).mode & 0o777).toBe(0o755);
    const listing = execFileSync('tar', ['-tv', '--numeric-owner'], { input: tarOf('skills', files) }).toString();
    expect(listing.split('\n').filter((line) => line !== '' && !line.includes(' 0/0 '))).toEqual([]);
  });

  it('says the length of a path whose own digits make it longer', () => {
    const paths = Array.from({ length: 50 }, (_, index) => 'p'.repeat(80 + index));
    const input = tarOf(
      's',
      paths.map((path) => ({ path, executable: false, bytes: Buffer.from('x') })),
    );
    const listing = execFileSync('tar', ['-t'], { input }).toString();
    expect(listing.trim().split('\n')).toEqual(['s/', ...paths.map((path) => `s/${path}`)]);
  });
});
