/**
 * For a git that goes through many objects: glibc would give the memory of each one back to the kernel and ask for it
 * again, which took half of the time. Other C libraries do not know these variables.
 */
export const KEEP_MEMORY = {
  MALLOC_TOP_PAD_: String(16 * 1024 ** 2),
  MALLOC_TRIM_THRESHOLD_: String(128 * 1024 ** 2),
};
