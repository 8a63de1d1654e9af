/** An error as a plain object, its causes included. */
export function plainError(error: Error): Record<string, unknown> {
  const plain: Record<string, unknown> = { name: error.name, message: error.message, stack: error.stack };
  const { cause } = error as { cause?: unknown };
  if (cause !== undefined) plain.cause = cause instanceof Error ? plainError(cause) : cause;
  return plain;
}
