/** How the scripted models know that they are asked for a summary, and what they answer. */
import type { ScriptedRequest } from './model-request.ts';

export const SUMMARY_MARK = '[compaction]';

/** A summary as it must be, that says `fact`. */
export const summaryOf = (fact: string, next = 'Go on.') =>
  `## Done\nSome steps.\n## Findings\n- ${fact}\n## Decisions\nnone\n## Open\nnone\n## Next\n${next}`;

export const isSummaryRequest = ({ lastUserText }: ScriptedRequest) => lastUserText.startsWith(SUMMARY_MARK);
