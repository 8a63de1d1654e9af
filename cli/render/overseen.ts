/** What the policy and hooks did, a line each. */
import type { SessionEvent } from '../../session/index.ts';
import { duration, oneLine, type Paint } from './text.ts';

type Overseen = Extract<SessionEvent, { type: 'policy.decided' | 'hook.finished' }>;

const BY = {
  rule: 'by the rule',
  default: 'by the default',
  user: 'by you, asked by the rule',
  headless: 'nobody there to ask; rule',
  guard: 'by the guard',
  hook: 'by the hook',
};

/** The line for one event. */
export function overseen(event: Overseen, paint: Paint): string {
  if (event.type === 'policy.decided') {
    const rule = event.rule === null ? 'the default' : event.rule;
    const how = event.by === 'default' ? BY.default : `${BY[event.by]} ${rule}`;
    const words = event.words ? `: ${event.words}` : '';
    const text = `${event.verdict === 'deny' ? 'denied' : 'allowed'} ${event.tool}: ${event.what}`;
    const line = `${oneLine(text, 110)} ${paint('dim', oneLine(`(${how}${words})`, 160))}`;
    return event.verdict === 'deny' ? `${paint('red', '⊘')} ${line}` : `${paint('green', '⊙')} ${line}`;
  }
  const { hook, command, outcome, exitCode, text, durationMs } = event;
  const words = {
    ok: 'ran',
    blocked: 'objects',
    failed: `failed (exit ${exitCode ?? 'none'})`,
    timeout: 'ran out of time',
  };
  const said = text === '' ? '' : `: ${oneLine(text, 160)}`;
  const line = `hook ${hook} ${oneLine(command, 60)} ${words[outcome]}${said} ${paint('dim', duration(durationMs))}`;
  return outcome === 'ok' ? paint('dim', line) : paint('yellow', `! ${line}`);
}
