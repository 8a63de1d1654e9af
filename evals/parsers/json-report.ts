import { posix } from 'node:path';
import type { z } from 'zod';

/** What a JSON report holds; null where it is none, or of another shape. */
export function readJsonReport<Shape extends z.ZodType>(report: string, shape: Shape): z.infer<Shape> | null {
  try {
    const parsed = shape.safeParse(JSON.parse(report));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The name of a file that a report has: relative to the root where it is below it. Both are paths in the sandbox. */
export function nameOfFile(root: string, file: string): string {
  const relative = posix.relative(root, file);
  return !posix.isAbsolute(file) || relative.startsWith('..') ? file : relative;
}
