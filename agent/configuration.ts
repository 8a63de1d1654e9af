/** The agent configuration: everything that shapes what a model sees and may do, known by its digest. */
import { createHash } from 'node:crypto';
import type { Json, ReasoningEffort } from '../models/index.ts';
import type { Recipe } from '../sandbox/index.ts';
import type { CreatedEvent } from '../session/index.ts';
import type { McpServer, OfferedTool } from '../tools/index.ts';
import { renderInstructions } from './instructions.ts';
import type { Limits } from './limits.ts';
import type { digestible } from './rules.ts';
import { renderSkills, withoutList } from './skills/index.ts';

export type AgentConfiguration = {
  model: string;
  reasoningEffort: ReasoningEffort | null;
  editTool: string;
  tools: string[];
  /** The system prompt without the repository's own instructions and the list of skills. */
  promptTemplate: string;
  sandbox: { backend: string; image: string | null; network: string; allow?: readonly string[]; recipe?: Recipe };
  limits: Limits;
  /** Absent in sessions from before it was written down. */
  compaction?: { strategy: string; at: number | null };
  /** Absent: none. */
  mcp?: McpServer[];
  /** Absent in sessions from before they were written down. */
  rules?: ReturnType<typeof digestible>;
  skills: { name: string; digest: string }[];
};

/** What of a configuration changes when another model takes a session over. */
export type ModelSettings = Pick<AgentConfiguration, 'model' | 'reasoningEffort' | 'editTool' | 'tools'>;

/** The configuration of a session with a model: the same whether the session was made with it or has moved to it. */
export function configurationOf(
  created: Pick<
    CreatedEvent,
    'sandbox' | 'limits' | 'system' | 'instructions' | 'compaction' | 'mcp' | 'rules' | 'skills'
  >,
  settings: ModelSettings,
): AgentConfiguration {
  const { workspace: _workspace, ...sandbox } = created.sandbox;
  const { model, reasoningEffort, editTool, tools } = settings;
  const instructions = renderInstructions(created.instructions);
  const listed = created.skills ?? null;
  const system = created.system.replace(renderSkills(listed), renderSkills(withoutList(listed)));
  const promptTemplate = instructions === '' ? system : system.replace(`\n\n${instructions}`, '');
  const skills = (listed?.list ?? []).map(({ name, digest }) => ({ name, digest }));
  const { limits, compaction, mcp, rules } = created;
  const parts = { model, reasoningEffort, editTool, tools, promptTemplate, sandbox, limits, skills };
  return { ...parts, ...(compaction ? { compaction } : {}), ...(mcp ? { mcp } : {}), ...(rules ? { rules } : {}) };
}

/** The digest of a configuration, the same whatever order its keys were written in. */
export function configurationDigest(configuration: AgentConfiguration): string {
  return digestOf(configuration);
}

/** The digest of a configuration together with what its MCP servers offer, which is known only when they run. */
export function digestWithTools(configuration: string, tools: OfferedTool[]): string {
  return digestOf({ configuration, tools });
}

type Digested = AgentConfiguration | { configuration: string; tools: OfferedTool[] };

function digestOf(value: Digested): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
    .slice(0, 16);
}

function sorted(value: Json | Digested): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
