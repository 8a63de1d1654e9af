/** Where a scripted stream breaks: found in its events, whichever protocol they are of. */

/** Half-way; within what it names; or when all is said but the end. */
export type Cut = 'half' | 'reasoning' | 'text' | 'call' | 'end';

const WITHIN = {
  reasoning: /"thinking_delta"|reasoning_summary_text\.delta|"reasoning_content":"./,
  text: /"text_delta"|output_text\.delta|"content":"./,
  call: /"input_json_delta"|function_call_arguments\.delta|"arguments":"./,
};
const END = /"message_delta"|"response\.(completed|incomplete)"|"finish_reason":"/;

/** The events that come before the break. Throws where the stream has no such place. */
export function untilCut<E extends { data: unknown }>(events: readonly E[], cut: Cut): E[] {
  if (cut === 'half') return events.slice(0, Math.ceil(events.length / 2));
  const pattern = cut === 'end' ? END : WITHIN[cut];
  const at = events.findIndex(({ data }) => pattern.test(JSON.stringify(data)));
  if (at < 0) throw new Error(`the stream has no ${cut} to be cut in`);
  return events.slice(0, cut === 'end' ? at : at + 1);
}
