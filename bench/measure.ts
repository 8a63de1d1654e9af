/** What the benchmarks share: the packed bundle, a machine's description, a measured child process, statistics. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Packs the package as it would be published and unpacks it; gives the path of its entry. */
export function packedEntry(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  const options = {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8' as const,
  };
  const listing: unknown = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', folder], options).replace(/^[^[{]*/, ''),
  );
  const [first] = Array.isArray(listing) ? listing : Object.values(listing ?? {});
  const file = typeof first === 'object' && first !== null && 'filename' in first ? String(first.filename) : '';
  execFileSync('tar', ['-xzf', join(folder, file), '-C', folder]);
  return join(folder, 'package', 'dist', 'drydock.js');
}

/** A line that says on what the figures were measured. */
export function machine(): string {
  const cpu = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cpu.length} × ${cpu[0]?.model.trim() ?? 'unknown CPU'}, ${memory} GiB, Linux ${release()}, Node ${process.version}`;
}

/** One run of a command. Times are `performance.now()` of this process. */
export type Measured = {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  startedAt: number;
  wallMs: number;
  cpuMs: number;
  peakRssMb: number;
};

/** How often /proc is read: the CPU of the last interval is missed, peaks of memory are not (VmHWM). */
const SAMPLE_MS = 10;
/** USER_HZ on every Linux that Node runs on. */
const TICK_MS = 10;

/** What a process holds in memory now, in MB; 0 where it has ended. */
export function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024;
}

/**
 * Runs a command to its end and measures the process itself (not the engine, not the container), whose id `onStart` is told.
 */
export function measure(
  command: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
  onStart: (pid: number) => void = () => undefined,
): Promise<Measured> {
  const startedAt = performance.now();
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) onStart(child.pid);
  let stdout = '';
  let stderr = '';
  let cpuMs = 0;
  let peakRssMb = 0;
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const timer = setInterval(() => {
    const stat = read(`/proc/${child.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuMs = Math.max(cpuMs, (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS);
    const peak = /VmHWM:\s+(\d+) kB/.exec(read(`/proc/${child.pid}/status`));
    peakRssMb = Math.max(peakRssMb, Number(peak?.[1] ?? 0) / 1024);
  }, SAMPLE_MS);
  return new Promise((resolve) => {
    child.on('close', (exitCode) => {
      clearInterval(timer);
      resolve({ exitCode, stdout, stderr, startedAt, wallMs: performance.now() - startedAt, cpuMs, peakRssMb });
    });
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended between two samples.
    return '';
  }
}

/** The p-th percentile (0 to 100) by the nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 50);

/** Prints rows as a Markdown table. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  console.log([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}
