/**
 * Builds the published package: `dist/` with every dependency bundled, so that an install fetches nothing else. Each
 * `await import()` in the sources becomes a chunk of its own, loaded when it is needed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/**
 * Parts of dockerode and docker-modem that drag in large or native packages (gRPC, protobuf, ssh2) at load and that
 * Drydock does not use: BuildKit sessions for registry logins, BuildKit's progress format, and engines over ssh.
 */
const LEFT_OUT = /node_modules\/(dockerode\/lib\/(session|buildkit)|docker-modem\/lib\/ssh)\.js$/;

const leaveOut: Plugin = {
  name: 'leave-out',
  load(id) {
    const [, part] = LEFT_OUT.exec(id.replaceAll('\\', '/')) ?? [];
    return part ? `module.exports = () => { throw new Error('${part} is not part of this build'); };` : null;
  },
};

/** The folder of the package that a module belongs to, or null for our own. */
function packageFolder(moduleId: string): string | null {
  const [, folder = null] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(moduleId.replaceAll('\\', '/')) ?? [];
  return folder;
}

/** One entry for each bundled package: name, version, licence, and the licence's text where the package has it. */
function licences(chunks: readonly OutputChunk[]): string {
  const folders = new Set(chunks.flatMap((chunk) => chunk.moduleIds.map(packageFolder)).filter((one) => one !== null));
  const entries = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license ?? 'see the text'})`, ...texts].join('\n\n');
  });
  return `Drydock's bundle contains these packages.\n\n${entries.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

await rm(dist, { recursive: true, force: true });
const bundle = await rolldown({
  input: { drydock: join(root, 'cli/main.ts') },
  platform: 'node',
  plugins: [leaveOut],
  transform: {
    // The SDKs' first mention of these globals would load Node's whole fetch, which `models/direct-fetch.ts` replaces.
    inject: {
      Headers: [join(root, 'models/headers.ts'), 'LightHeaders'],
      FormData: [join(root, 'models/headers.ts'), 'NoFormData'],
    },
  },
  onLog(level, log, report) {
    // An import that cannot be bundled would only fail on the user's machine.
    report(level === 'warn' && log.code === 'UNRESOLVED_IMPORT' ? 'error' : level, log);
  },
});
const { output } = await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  // Less text loads faster (docs/benchmarks.md); names are kept, so that a stack still says where it was.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
});
await bundle.close();
const chunks = output.filter((part) => part.type === 'chunk');
await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), licences(chunks));
await chmod(join(dist, 'drydock.js'), 0o755);
if (!existsSync(join(root, 'Dockerfile'))) throw new Error('the package ships the Dockerfile, and there is none');
const bytes = chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.code), 0);
console.log(`dist: ${chunks.length} chunks, ${(bytes / 1e6).toFixed(1)} MB`);
