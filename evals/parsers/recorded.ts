import { readFileSync } from 'node:fs';

/** For tests: what a real tool printed, in the folder `recorded/`. Paths in it were made short. */
export function recorded(name: string): string {
  return readFileSync(new URL(`recorded/${name}.txt`, import.meta.url), 'utf8');
}
