/** The repository's own instructions (`AGENTS.md`), from the base commit, as a part of the system prompt. */

/** What all instruction files together may take, as in Codex (`project_doc_max_bytes`, 32 KiB). */
export const MAX_INSTRUCTION_BYTES = 32 * 1024;

export type Instructions = { path: string; text: string; truncated: boolean };

/** The paths at which instructions are looked for: from the root down to the folder that the run starts in. */
export function instructionPaths(prefix: string): string[] {
  const folders = prefix === '' ? [] : prefix.split('/');
  return ['', ...folders.map((_, index) => folders.slice(0, index + 1).join('/'))].map((folder) =>
    folder === '' ? 'AGENTS.md' : `${folder}/AGENTS.md`,
  );
}

/** A file of instructions as it is in the repository. */
export type InstructionFile = { path: string; bytes: Buffer };

/**
 * Keeps what fits into the cap, from the root on; the file that crosses it is cut at a character and says so. `redact` takes
 * secrets out before that, since a cut may go through one.
 */
export function capInstructions(files: readonly InstructionFile[], redact: (text: string) => string): Instructions[] {
  let left = MAX_INSTRUCTION_BYTES;
  const kept: Instructions[] = [];
  for (const { path, bytes: raw } of files) {
    const bytes = Buffer.from(redact(new TextDecoder().decode(raw)));
    const truncated = bytes.length > left;
    // A character that the cut went through decodes to U+FFFD at the end.
    const text = new TextDecoder().decode(bytes.subarray(0, left), { stream: truncated }).trim();
    if (text !== '') kept.push({ path, text, truncated });
    left = Math.max(0, left - bytes.length);
  }
  return kept;
}

/** The instructions as the model reads them; empty when there are none. */
export function renderInstructions(instructions: readonly Instructions[]): string {
  return instructions
    .map(
      ({ path, text, truncated }) =>
        `<instructions file="${path}">\n${text}${truncated ? '\n[cut here: the file is longer]' : ''}\n</instructions>`,
    )
    .join('\n\n');
}
