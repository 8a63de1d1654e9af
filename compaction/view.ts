/** What of a history the model sees, item by item, with what each takes. Pure. */
import { estimateMessage, type Message } from '../models/index.ts';
import { applyCompaction, type EventBody, type HistoryItem } from '../session/index.ts';

export type Finished = Extract<EventBody, { type: 'compaction.finished' }>;
export type Action = Finished['actions'][number];

/** What a compaction does to the view. */
export type Change = Pick<Finished, 'actions' | 'handoff'>;

/** The messages of an item: its own, and the results of its calls as they are shown. */
export function messagesOf({ message, calls }: HistoryItem): Message[] {
  return [message, ...calls.flatMap(({ result, shown }) => shown ?? result ?? [])];
}

/** The messages of some items. */
export function viewMessages(items: readonly HistoryItem[]): Message[] {
  return items.flatMap(messagesOf);
}

/** Counted tokens of an item with its results, as the model sees them. */
export function sizeOf(item: HistoryItem): number {
  return messagesOf(item).reduce((sum, message) => sum + estimateMessage(message), 0);
}

/** Counted tokens of all that is seen. */
export function viewSize(history: readonly HistoryItem[]): number {
  let sum = 0;
  for (const item of history) if (!item.hidden) sum += sizeOf(item);
  return sum;
}

/** The items that are seen, in the order in which they are. */
export function seenItems(history: readonly HistoryItem[]): HistoryItem[] {
  return history.filter(({ hidden }) => !hidden);
}

/** What the view takes once `change` is made: measured on the view itself, so that no sum of parts can be wrong. */
export function sizeAfter(history: readonly HistoryItem[], change: Change): number {
  return viewSize(applyCompaction(history, change));
}

/** The text of a message: what it says and calls, one part below the other. */
export function textOf(message: Message): string {
  return message.content.map(partText).join('\n');
}

function partText(part: Message['content'][number]): string {
  if (part.type === 'image') return '[image]';
  if (part.type === 'compaction') return '[the provider shortened the history here]';
  return part.type === 'tool_call' ? `${part.name} ${part.arguments}` : part.text;
}

/** The index in `seen` from which on the newest items fit into `tokens`: at least one stays, whatever it takes. */
export function tailStart(seen: readonly HistoryItem[], tokens: number): number {
  let left = tokens;
  let start = seen.length;
  for (let index = seen.length - 1; index >= 0; index -= 1) {
    const item = seen[index];
    if (item === undefined || item.kind === 'handoff') break;
    left -= sizeOf(item);
    if (left < 0 && start < seen.length) break;
    start = index;
  }
  return start;
}
