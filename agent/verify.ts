/** The verify command: run in the sandbox when the model says that it is done. */
import type { ProcessSandbox } from '../sandbox/index.ts';
import type { EventBody } from '../session/index.ts';
import { clip, KEPT_OUTPUT_BYTES, plainOutput, wholeOf } from '../tools/index.ts';

export type VerifyFinished = Extract<EventBody, { type: 'verify.finished' }>;

/** Runs the command once; `attempt` counts from 1. */
export type Verify = (attempt: number, signal: AbortSignal) => Promise<VerifyFinished>;

/** A test suite may take long, but not for ever: half an hour. */
const VERIFY_TIMEOUT_MS = 30 * 60_000;
/** What of the output goes to the model of its beginning, and as much of its end, where test runners put their verdict. */
const SHOWN_BYTES = 6_000;

/** Makes the verify step for a command. `redact` takes secrets out of its output. */
export function createVerify(
  sandbox: ProcessSandbox,
  command: string,
  cwd: string,
  redact: (text: string) => string,
): Verify {
  return async (attempt, signal) => {
    const { exitCode, reason, output, durationMs } = await sandbox.exec(
      { command, cwd, timeoutMs: VERIFY_TIMEOUT_MS, maxOutputBytes: KEPT_OUTPUT_BYTES },
      signal,
    );
    const text = plainOutput(wholeOf(output), redact);
    const clipped = clip(text, SHOWN_BYTES, SHOWN_BYTES);
    return {
      type: 'verify.finished',
      attempt,
      command,
      exitCode: reason === 'exited' ? exitCode : null,
      output:
        clipped === null
          ? text
          : `${clipped.head.replace(/\n$/, '')}\n[… ${clipped.omittedBytes} bytes left out …]\n${clipped.tail}`,
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
