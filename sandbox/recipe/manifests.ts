/** The files that say what a project depends on: all that set-up commands see of a commit, and part of their key. */

const NAMES = new Set([
  ...['package.json', 'package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'yarn.lock'],
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.pnpmfile.cjs', 'bun.lock', 'bun.lockb', 'deno.json', 'deno.lock'],
  ...['pyproject.toml', 'uv.lock', 'poetry.lock', 'Pipfile', 'Pipfile.lock', 'pdm.lock', 'pylock.toml'],
  ...['constraints.txt', 'setup.py', 'setup.cfg', 'environment.yml', 'environment.yaml'],
  ...['Cargo.toml', 'Cargo.lock', 'rust-toolchain', 'rust-toolchain.toml'],
  ...['go.mod', 'go.sum', 'go.work', 'go.work.sum'],
  ...['Gemfile', 'Gemfile.lock', 'composer.json', 'composer.lock', 'mix.exs', 'mix.lock'],
  ...['pom.xml', 'build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts', 'gradle.properties'],
  ...['gradle.lockfile', 'libs.versions.toml'],
  ...['.tool-versions', '.nvmrc', '.node-version', '.python-version', '.ruby-version', 'mise.toml'],
]);

const PATTERN = /^requirements[^/]*\.(txt|in)$|\.gemspec$/;

/** Whether the file at `path` is one of them. Those of vendored packages are not the project's. */
export function isManifest(path: string): boolean {
  if (/(^|\/)(node_modules|vendor)\//.test(path)) return false;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return NAMES.has(name) || PATTERN.test(name);
}
