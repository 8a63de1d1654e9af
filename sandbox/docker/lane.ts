/**
 * A lane: one shell in the container, kept open on one attached exec, that runs one command after another. Starting a
 * command costs a write and a fork instead of an exec through the engine (61 ms, docs/benchmarks.md).
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { untilMarker } from '../marker.ts';
import { createDemux } from './demux.ts';
import {
  endMarker,
  fullLine,
  helloScript,
  type LaneEnd,
  type LaneHello,
  parseEnd,
  parseHello,
  saysCannotFork,
  saysForkAgain,
  stdinOpen,
} from './lane-script.ts';

/** Longest line that a lane's control channel may carry; more means that something else writes there. */
const CONTROL_LINE_BYTES = 65_536;

export type LaneRun = {
  /** The text to feed; made by `lane-script.ts` for `nonce`. */
  script: string;
  nonce: string;
  /** Called with the command's output in order. A returned promise holds the stream back until it resolves. */
  onOutput: (data: Buffer) => void | Promise<void>;
  /**
   * `onOutput` keeps nothing of what it is given and returns no promise: it is then freed at once. The collector takes its
   * time, by which a command that prints a lot would have filled some 30 MB.
   */
  copies?: true;
  /** For a command that inherits the lane's stdin: called once it may be written to. */
  onStdinOpen?: (stdin: Duplex) => void;
};

/** `full`: the sandbox is at its limit of processes, and nothing of the script was run; null: the lane was lost. */
export type LaneResult = LaneEnd | 'full' | null;

export type Lane = {
  readonly hello: LaneHello;
  /** Resolves at the command's end, once its output is complete. One run at a time. */
  run(run: LaneRun): Promise<LaneResult>;
  /** True until the lane is lost or closed. */
  alive(): boolean;
  /** From now on output is read and dropped: a process that outlived its command still holds the pipe. */
  retire(): void;
  close(): void;
};

export function newNonce(): string {
  return randomBytes(16).toString('hex');
}

/** Opens a lane on an attached exec's stream. Rejects when the shell does not answer. */
export function openLane(stream: Duplex): Promise<Lane> {
  return new Promise((resolve, reject) => {
    let running: Running | undefined;
    let alive = true;
    let control = '';
    let lastWords = '';
    let stdinReady: (() => void) | undefined;
    /** Nothing was said on the control channel since the run began, so the shell has not forked for it yet. */
    let silent = true;
    const helloNonce = newNonce();

    const lose = () => {
      if (!alive) return;
      alive = false;
      stream.destroy();
      const lost = running;
      running = undefined;
      lost?.finish(null);
      reject(new Error(lastWords.trim() === '' ? 'the shell ended before it answered' : lastWords.trim()));
    };

    const onLine = (line: string) => {
      const hello = parseHello(line, helloNonce);
      if (hello !== null) return resolve(lane(hello));
      if (!running) {
        lastWords = line;
        return;
      }
      const end = parseEnd(line, running.nonce);
      if (end !== null) running.onEnd(end);
      else if (line === stdinOpen(running.nonce)) stdinReady?.();
      else if (line === fullLine(running.nonce)) running.finish('full');
      // Believed as the first line only: a shell that reports a death may quote the command, over several lines.
      else if (silent && saysCannotFork(line)) {
        running.finish('full');
        lose();
      }
      if (!saysForkAgain(line)) silent = false;
    };

    const push = createDemux((source, data) => {
      if (source === 'stdout') {
        if (running) running.onStdout(data);
        else lastWords = data.toString('utf8').slice(0, 500);
        return;
      }
      control += data.toString('latin1');
      for (let at = control.indexOf('\n'); at >= 0; at = control.indexOf('\n')) {
        const line = control.slice(0, at);
        control = control.slice(at + 1);
        onLine(line);
      }
      if (control.length > CONTROL_LINE_BYTES) lose();
    });

    stream.on('data', (chunk: Buffer) => {
      try {
        push(chunk);
        if (running?.copies) free(chunk);
      } catch {
        // A frame that is not one: nothing that follows can be attributed, so the lane is given up (fail closed).
        lose();
      }
    });
    stream.on('close', lose);
    stream.on('end', lose);
    stream.on('error', lose);
    stream.write(helloScript(helloNonce));

    const lane = (hello: LaneHello): Lane => ({
      hello,
      alive: () => alive,
      run: ({ script, nonce, onOutput, copies = false, onStdinOpen }) =>
        new Promise((done) => {
          if (!alive) return done(null);
          if (running) throw new Error('a lane runs one command at a time');
          silent = true;
          stdinReady = () => onStdinOpen?.(stream);
          const ended = (end: LaneResult) => {
            running = undefined;
            done(end);
          };
          running = { ...createRun(nonce, stream, onOutput, ended), copies };
          stream.write(script);
        }),
      retire: () => {
        running = undefined;
        stream.removeAllListeners('data');
        stream.resume();
      },
      close: lose,
    });
  });
}

/** Gives the memory of a chunk back, where nothing else is in it (Node keeps several small ones in one piece). */
function free({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

type Run = {
  nonce: string;
  onStdout(data: Buffer): void;
  onEnd(end: LaneEnd): void;
  finish(end: 'full' | null): void;
};

type Running = Run & { copies: boolean };

/** The state of one command: it is over when both its end report and its end marker have come, in either order. */
function createRun(nonce: string, stream: Duplex, onOutput: LaneRun['onOutput'], done: (end: LaneResult) => void): Run {
  let marked = false;
  let end: LaneEnd | undefined;
  let writing: Promise<void> | undefined;

  const emit = (data: Buffer) => {
    if (data.length === 0) return;
    const pending = onOutput(data);
    if (!pending) return;
    stream.pause();
    const turn = pending.finally(() => {
      if (writing === turn) stream.resume();
    });
    writing = turn;
  };
  const output = untilMarker(endMarker(nonce), emit);
  const settle = () => {
    if (!marked || !end) return;
    const result = end;
    if (writing) writing.then(() => done(result));
    else done(result);
  };

  return {
    nonce,
    onStdout(data) {
      if (!output.push(data)) return;
      marked = true;
      settle();
    },
    onEnd(report) {
      end = report;
      settle();
    },
    finish(result) {
      emit(output.rest());
      done(result);
    },
  };
}
