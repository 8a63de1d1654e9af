/** The verify command: run in the sandbox when the model says that it is done. */
import type { ProcessSandbox } from '../sandbox/index.ts';
import type { EventBody } from '../session/index.ts';

export type VerifyFinished = Extract<EventBody, { type: 'verify.finished' }>;

/** Runs the command once; `attempt` counts from 1. */
export type Verify = (attempt: number, signal: AbortSignal) => Promise<VerifyFinished>;

/** A test suite may take long, but not for ever: half an hour. */
const VERIFY_TIMEOUT_MS = 30 * 60_000;
/** What of the output goes to the model: the end, where test runners put their verdict, and some of the beginning. */
const OUTPUT_BYTES = 12_000;

/** Makes the verify step for a command. `redact` takes secrets out of its output. */
export function createVerify(
  sandbox: ProcessSandbox,
  command: string,
  cwd: string,
  redact: (text: string) => string,
): Verify {
  return async (attempt, signal) => {
    const { exitCode, reason, output, durationMs } = await sandbox.exec(
      { command, cwd, timeoutMs: VERIFY_TIMEOUT_MS, maxOutputBytes: OUTPUT_BYTES },
      signal,
    );
    const dropped = output.totalBytes - output.head.length - output.tail.length;
    const middle = dropped > 0 ? `\n[… ${dropped} bytes left out …]\n` : '';
    return {
      type: 'verify.finished',
      attempt,
      command,
      exitCode: reason === 'exited' ? exitCode : null,
      output: redact(`${output.head.toString('utf8')}${middle}${output.tail.toString('utf8')}`),
      durationMs: Math.round(durationMs),
    };
  };
}

/** What the model is told after a failed verification. */
export function verifyFailedNotice(verified: VerifyFinished): Extract<EventBody, { type: 'notice' }> {
  const how = verified.exitCode === null ? 'did not end by itself' : `ended with exit code ${verified.exitCode}`;
  return {
    type: 'notice',
    reason: 'verify_failed',
    text: `Not done yet: \`${verified.command}\` ${how}. Mend the cause. Its output:\n${verified.output}`,
  };
}
