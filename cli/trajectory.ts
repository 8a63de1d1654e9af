/** A session as the text of an ATIF trajectory, with the definitions of the tools that it names. */
import type { ToolSpec } from '../models/index.ts';
import { type CreatedEvent, type SessionEvent, startAtif } from '../session/index.ts';
import { defaultTools, recallTool, toolSpecs } from '../tools/index.ts';
import { VERSION } from './version.ts';

/** Takes the events of one session, its first one first; `text` is one line of JSON, with its line feed, of those so far. */
export function createTrajectory(): { add(event: SessionEvent): void; text(): string } {
  let builder = startAtif();
  return {
    add(event) {
      if (event.type === 'session.created') builder = startAtif(definitionsOf(event));
      builder.add(event);
    },
    text: () => `${JSON.stringify(builder.trajectory())}\n`,
  };
}

/** The log has only the names of tools. Of another version they may have been other ones. */
function definitionsOf({ tools, drydockVersion }: CreatedEvent): ToolSpec[] {
  if (drydockVersion !== VERSION) return [];
  const known = new Set([...defaultTools('edit'), ...defaultTools('apply_patch'), recallTool]);
  return toolSpecs([...known].filter(({ name }) => tools.includes(name)));
}
