/** How a run ends by what was thrown. */
import { RepositoryError, SandboxError } from '../sandbox/index.ts';
import type { RunEnd } from './limits.ts';

/** One line of what failed, and the way out where it is known. */
export function failureOf(error: unknown): RunEnd {
  if (error instanceof SandboxError) return { outcome: 'sandbox', message: error.message, hint: error.hint };
  if (error instanceof RepositoryError) return { outcome: 'usage', message: error.message, hint: error.hint };
  const text = error instanceof Error ? error.message : String(error);
  return { outcome: 'failed', message: text.trim().replace(/\s*\n\s*/g, ' '), hint: '' };
}
