/** Which image suits a repository, by the lockfiles at its root. */

/**
 * Official images with git and a POSIX shell; null: Drydock's own, which has Node and Python. The first row whose file
 * is there counts: a lockfile of Node or Python often serves only tools beside a project in another language.
 */
const TABLE: readonly (readonly [file: string, image: string | null])[] = [
  ['Cargo.lock', 'rust:1-bookworm'],
  ['go.sum', 'golang:1-bookworm'],
  ['go.mod', 'golang:1-bookworm'],
  ['Gemfile.lock', 'ruby:3-bookworm'],
  ['composer.lock', 'composer:2'],
  ['mix.lock', 'elixir:1'],
  ['gradle.lockfile', 'gradle:jdk21'],
  ['build.gradle', 'gradle:jdk21'],
  ['build.gradle.kts', 'gradle:jdk21'],
  ['pom.xml', 'maven:3-eclipse-temurin-21'],
  ['package-lock.json', null],
  ['npm-shrinkwrap.json', null],
  ['pnpm-lock.yaml', null],
  ['yarn.lock', null],
  ['uv.lock', null],
  ['poetry.lock', null],
  ['Pipfile.lock', null],
  ['requirements.txt', null],
];

/** The files that are looked for. */
export const DETECTED_FILES = TABLE.map(([file]) => file);

/** Chooses by the files that are there. `file` is the one that decided; null: none is there. */
export function detectImage(present: ReadonlySet<string>): { image: string | null; file: string | null } {
  const [file = null, image = null] = TABLE.find(([name]) => present.has(name)) ?? [];
  return { image, file };
}
