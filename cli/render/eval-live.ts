/** A run of an eval as it happens: a line for each trial that has ended, and on a terminal a status line. */
import type { Progress } from '../../evals/index.ts';
import type { Screen } from './live.ts';
import { cost, duration, painter, printable, type Style } from './text.ts';

const STYLES: Readonly<Record<string, Style>> = {
  resolved: 'green',
  unresolved: 'yellow',
  agent_limit: 'yellow',
  infra: 'red',
  invalid_task: 'red',
  cheated: 'red',
};

const REDRAW_MS = 500;

export type EvalLive = { show(progress: Progress): void; note(text: string): void; stop(): void };

/** Makes the renderer. */
export function createEvalLive(screen: Screen, env: NodeJS.ProcessEnv): EvalLive {
  const paint = painter(screen, env);
  const animated = screen.isTTY === true && env.TERM !== 'dumb';
  const running = new Set<string>();
  let [trials, done, before, resolved, spent] = [0, 0, 0, 0, 0];
  let beganAt = 0;
  let shown = false;

  const clear = () => {
    if (shown) screen.write('\r\x1b[K');
    shown = false;
  };
  const left = () => {
    const ended = done - before;
    if (ended === 0) return '';
    // As many at a time as now: what the ended ones took in all, for each of those that are left.
    return ` · about ${duration(((Date.now() - beganAt) / ended) * (trials - done))} left`;
  };
  const status = () => {
    if (!animated || trials === 0) return;
    const text = `${done} of ${trials} done · ${resolved} resolved · ${running.size} running · ${cost(spent)}${left()}`;
    screen.write(`\r\x1b[K${paint('dim', text.slice(0, (screen.columns || 80) - 1))}`);
    shown = true;
  };
  const line = (text: string) => {
    clear();
    screen.write(`${text}\n`);
    status();
  };
  const timer = animated ? setInterval(status, REDRAW_MS) : undefined;
  timer?.unref();

  return {
    note: (text) => line(paint('dim', printable(text))),
    stop() {
      clearInterval(timer);
      clear();
    },
    show(progress) {
      switch (progress.type) {
        case 'note':
          return line(paint('dim', printable(progress.text)));
        case 'begun': {
          ({ trials, done } = progress);
          before = done;
          beganAt = Date.now();
          const had = done === 0 ? '' : `, ${done} of them done already`;
          return line(paint('dim', `${trials} trials${had}`));
        }
        case 'trial_started':
          running.add(progress.trial);
          return status();
        case 'spent':
          spent += progress.costUsd;
          return;
        case 'trial_ended': {
          const { trial, result } = progress;
          running.delete(trial);
          done += 1;
          if (result.outcome === 'resolved') resolved += 1;
          const price = result.usage === null ? '' : ` · ${cost(result.usage.costUsd)}`;
          const why =
            result.outcome === 'resolved' ? '' : ` · ${printable(`${result.reason}: ${result.detail}`).slice(0, 200)}`;
          const word = paint(STYLES[result.outcome] ?? 'dim', result.outcome);
          return line(`[${done}/${trials}] ${printable(trial)}: ${word} · ${duration(result.ms.total)}${price}${why}`);
        }
      }
    },
  };
}
