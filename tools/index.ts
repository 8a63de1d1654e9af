/** The public face of `tools/`: what the model may call. */
export { cleanOutput } from './clean.ts';
export { clip } from './clip.ts';
export { dropSequences, showControls } from './controls.ts';
export { readImage } from './image.ts';
export type { McpProblem, OfferedTool } from './mcp/offer.ts';
export { type McpNews, type RunningServer, runServer } from './mcp/server.ts';
export { type McpServer, mcpSection, projectMcpProblem } from './mcp/settings.ts';
export { listTools, mcpTools } from './mcp/tools.ts';
export { KEPT_OUTPUT_BYTES, plainOutput, wholeOf } from './output.ts';
export { recallTool } from './recall.ts';
export { defaultTools, type EditTool, readCall, runToolCall, withEditTool } from './registry.ts';
export { createToolState, errorResult, textResult } from './result.ts';
export { toolSpecs } from './schema.ts';
export { howItEnded } from './shell.ts';
export { binaryKind } from './text-file.ts';
export * from './tool.ts';
