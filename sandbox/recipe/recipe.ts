/** What an image is made of: the recipe that a session records, so that a resumed one gets the same image. */

/** An image that is built from the base commit. Paths are relative to the repository's root; the root itself is `''`. */
export type Build = {
  /** Which flag asked for it; it names the image. */
  kind: 'dockerfile' | 'devcontainer';
  dockerfile: string;
  /** The folder whose files the build sees. */
  context: string;
  args: Record<string, string>;
  /** The stage to build; null: the last one. */
  target: string | null;
};

/** Commands that run once, as root, in a container of their own; the result is kept as an image. */
export type Setup = { commands: string[]; network: 'none' | 'full' };

/** What is done beyond taking an image as it is. Plain data. */
export type Recipe = {
  /** Null: the session's image, or Drydock's own. */
  build: Build | null;
  /** Variables of the container. */
  env: Record<string, string>;
  /** Whom commands run as; null: the image's user. */
  user: string | null;
  setup: Setup | null;
};

/** Whether a container's user, as configured, is root. */
export function isRoot(user: string): boolean {
  return ['', 'root', '0', '0:0', 'root:root'].includes(user);
}

/** What the user asks for, on the command line. */
export type ImageRequest =
  | { kind: 'own' }
  | { kind: 'image'; name: string }
  /** Chosen by the lockfiles of the base commit. */
  | { kind: 'auto' }
  /** Relative to the folder of the call, or absolute. */
  | { kind: 'dockerfile'; path: string }
  | { kind: 'devcontainer' };
