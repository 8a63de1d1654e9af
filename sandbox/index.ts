/** The public face of `sandbox/`: where untrusted code runs, and how a repository gets in and a tree gets out. */

export { CAPABILITIES } from './capabilities.ts';
export { ensureFolderImage, type FolderBuild, folderImageName } from './docker/build-folder.ts';
export { type ContainerLimits, DEFAULT_LIMITS, OWNER_LABEL, SESSION_LABEL } from './docker/container.ts';
export { createDockerSandbox, type DockerSandbox, type DockerSandboxOptions } from './docker/create.ts';
export { describeEndpoint, type Endpoint } from './docker/endpoint.ts';
export { awaitEngine, type Engine, isPodman, locateEngine, openEngine } from './docker/engine.ts';
export { ensureImage } from './docker/image.ts';
export type { ImportCache } from './docker/import-cache.ts';
export { IMAGE_LABEL, KEY_LABEL } from './docker/labels.ts';
export {
  bytesOfThing,
  chooseLeftovers,
  isAdoptable,
  listSessionThings,
  removeSessionThing,
  type SessionThing,
  type Standing,
} from './docker/leftovers.ts';
export { size } from './docker/limits.ts';
export { findOldImages, type OldImage, removeImage } from './docker/old-images.ts';
export { GATEWAY_URL } from './docker/relay-url.ts';
export type { Gateway } from './egress/gateway.ts';
export { PRESETS } from './egress/presets.ts';
export { expandAllow } from './egress/rules.ts';
export { gate } from './gate.ts';
export { createHostSandbox } from './host.ts';
export { hideProcess } from './host-hide.ts';
export { type HostUser, nameOfUser, resolveHostUser } from './host-user.ts';
export { shellQuote } from './quote.ts';
export type { ImageRequest, Recipe, Setup } from './recipe/recipe.ts';
export { type ResolvedRecipe, resolveRecipe } from './recipe/resolve.ts';
export * from './sandbox.ts';
export * from './workspace/index.ts';
