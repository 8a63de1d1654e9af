import { describe, expect, it } from 'vitest';
import { makeToolContext } from '../test/tool-context.ts';
import { createVerify } from './verify.ts';

const SECRET = 'correct-horse-battery';
const redact = (text: string) => text.replaceAll(SECRET, '[redacted]');

/** What the model would be shown of a command's output. */
async function outputOf(command: string): Promise<string> {
  const { sandbox, context, close } = await makeToolContext();
  try {
    const { output } = await createVerify(sandbox, command, context.cwd, redact)(1, context.signal);
    return output;
  } finally {
    await close();
  }
}

describe('the output of the verify command', () => {
  it('has no part of a secret on either cut', async () => {
    const many = (letter: string, count: number) => `head -c ${count} /dev/zero | tr '\\0' ${letter}`;
    const output = await outputOf(
      `${many('x', 5990)}; printf %s ${SECRET}; ${many('-', 20_000)}; printf %s ${SECRET}; ${many('y', 5990)}`,
    );
    expect(output).not.toMatch(/correct|horse|battery/);
    expect(output).toMatch(/^x+\[redact.*\n\[… \d+ bytes left out …\]\n.*cted\]y+$/);
  });

  it('is plain text: colours hide no secret, and no control character goes to a provider', async () => {
    expect(await outputOf("printf 'correct\\033[1m-horse\\033[0m-battery\\n\\0nul\\n1%%\\r100%%\\n'")).toBe(
      '[redacted]\nnul\n100%\n',
    );
  });

  it('is whole where it is short', async () => {
    expect(await outputOf('echo out; echo err >&2; false')).toBe('out\nerr\n');
  });
});
