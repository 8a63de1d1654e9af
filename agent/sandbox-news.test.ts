import { expect, it } from 'vitest';
import { changeNotice } from './sandbox-news.ts';

it('a notice names the processes that have gone, shortened to a line', () => {
  const long = `node -e '\n${'x'.repeat(200)}'`;
  expect(changeNotice('adopted', { p1: 'npm run dev', p2: long })).toMatch(
    /same sandbox\. .*: p1 \(npm run dev\), p2 \(node -e ' x{69}…\) are gone\. A call that was interrupted may have had effects\.$/,
  );
});

it('a notice of a new sandbox says what is lost with the old one', () => {
  const text = changeNotice('replaced', {});
  expect(text).toContain('the last checkpoint, or of the base commit');
  expect(text).toContain('Files that git ignores, installed packages and everything outside the repository are gone.');
  expect(text).toContain('No process from before is running.');
});
