/** The whole corpus of hostile inputs, each through the real phases. What it shows is `docs/bot-attacks.md`. */
import { describe, it, vi } from 'vitest';
import { CORPUS } from './bot-hostile/corpus.ts';
import { testCase } from './bot-hostile/test-case.ts';

// A case is processes that wait for each other.
vi.setConfig({ maxConcurrency: 4, testTimeout: 600_000, hookTimeout: 180_000 });

describe.concurrent.each(CORPUS)('$kind', ({ cases }) => {
  it.each(cases)('$name', testCase);
});
