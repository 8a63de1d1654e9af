/** `drydock doctor`: what a run needs, whether it is there, and how to mend it where it is not. */
import { execFile } from 'node:child_process';
import { accessSync, constants, statfsSync } from 'node:fs';
import { promisify } from 'node:util';
import { modelFor, resolveSettings, SettingsError, withKey } from '../../agent/index.ts';
import { createModel, ModelConfigError, resolveModel } from '../../models/index.ts';
import {
  createDockerSandbox,
  describeEndpoint,
  ensureImage,
  isPodman,
  locateEngine,
  openEngine,
  SandboxError,
} from '../../sandbox/index.ts';
import { makeFolders, sessionsDir } from '../../session/index.ts';
import { ownLayers } from '../call.ts';
import { dockerfilePath } from '../dockerfile.ts';
import { explain, withHint } from '../errors.ts';
import { writeOut } from '../output.ts';
import { painter } from '../render/text.ts';

/** `exitCode` is what a run would end with for want of it. */
type Finding = { name: string; ok: boolean; text: string; exitCode: 2 | 4 };

/** An image and a checkout of some size fit into this. */
const LOW_DISK_BYTES = 5 * 1024 ** 3;

/** Checks everything, prints a line each, and gives the gravest exit code, or 0. */
export async function doctorCommand(): Promise<number> {
  const paint = painter(process.stdout, process.env);
  let exitCode = 0;
  for (const check of [node, git, keys, state, engineAndImage]) {
    for (const finding of await check()) {
      const mark = finding.ok ? paint('green', '✓') : paint('red', '✗');
      await writeOut(`${mark} ${finding.name}: ${finding.text}\n`);
      if (!finding.ok) exitCode = Math.max(exitCode, finding.exitCode);
    }
  }
  return exitCode;
}

async function node(): Promise<Finding[]> {
  return [{ name: 'node', ok: true, text: `${process.version} at ${process.execPath}`, exitCode: 2 }];
}

async function git(): Promise<Finding[]> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version']);
    const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(stdout)?.map(Number) ?? [];
    const ok = major > 2 || (major === 2 && minor >= 31);
    return [
      {
        name: 'git',
        ok,
        text: ok ? stdout.trim() : `${stdout.trim()} is too old — install 2.31 or newer`,
        exitCode: 2,
      },
    ];
  } catch {
    return [{ name: 'git', ok: false, text: 'not found — install git', exitCode: 2 }];
  }
}

async function keys(): Promise<Finding[]> {
  const set = ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY', 'ANTHROPIC_BASE_URL', 'OPENAI_BASE_URL'].filter(
    (name) => process.env[name],
  );
  try {
    const { settings } = resolveSettings(await ownLayers());
    const model = resolveModel(
      settings.model ?? modelFor(process.env, settings.keys),
      settings.contextWindow === undefined ? {} : { contextWindow: settings.contextWindow },
    );
    const env = await withKey(process.env, settings.keys, model.provider);
    await createModel(model, env);
    const own = env === process.env ? '' : `a key for ${model.provider} from your settings; `;
    const text = `${own}${set.length === 0 ? '' : `${set.join(', ')} set; `}the model is ${model.id} unless --model says another`;
    return [{ name: 'keys', ok: true, text, exitCode: 2 }];
  } catch (error) {
    if (!(error instanceof ModelConfigError) && !(error instanceof SettingsError)) throw error;
    return [{ name: 'keys', ok: false, text: explain(error).line, exitCode: 2 }];
  }
}

async function state(): Promise<Finding[]> {
  const folder = sessionsDir(process.env);
  try {
    await makeFolders(folder, 0o700);
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [
      {
        name: 'sessions',
        ok: false,
        text: `${why} — set XDG_STATE_HOME to a folder that you may write to`,
        exitCode: 2,
      },
    ];
  }
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const size = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  const ok = free >= LOW_DISK_BYTES;
  return [{ name: 'sessions', ok, text: `${folder}, ${size}${ok ? '' : ' — make room'}`, exitCode: 2 }];
}

async function engineAndImage(): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (name: string, ok: boolean, text: string) => findings.push({ name, ok, text, exitCode: 4 });
  try {
    const endpoint = await locateEngine(process.env);
    const docker = await openEngine(endpoint);
    const [info, podman] = await Promise.all([docker.info(), isPodman(docker)]);
    add(
      'engine',
      true,
      `${podman ? 'Podman' : 'Docker'} ${info.ServerVersion} at ${describeEndpoint(endpoint)}, ${info.Driver}, cgroup v${info.CgroupVersion ?? '1'}`,
    );
    const secure = (info.SecurityOptions ?? []).some((option: string) => option.includes('seccomp'));
    add(
      'seccomp',
      secure,
      secure
        ? 'the default profile applies'
        : 'off: system calls of the sandbox are not filtered — start the engine with seccomp',
    );
    const sandbox = {
      image: null,
      dockerfile: dockerfilePath(),
      onProgress: (line: string) => process.stderr.write(`${line}\n`),
    };
    const image = await ensureImage(docker, sandbox);
    add('image', true, image.name);
    const startedAt = performance.now();
    const box = createDockerSandbox(Promise.resolve(docker), {
      ...sandbox,
      sessionId: 'doctor',
      network: 'none',
      env: {},
    });
    try {
      const { exitCode } = await box.exec({ command: 'git --version && rg --version', timeoutMs: 20_000 });
      const ms = Math.round(performance.now() - startedAt);
      add(
        'sandbox',
        exitCode === 0,
        exitCode === 0 ? `starts and runs a command in ${ms} ms` : 'starts, but git or rg does not run in it',
      );
    } finally {
      await box.dispose();
    }
  } catch (error) {
    if (error instanceof SandboxError) add('engine', false, withHint(error.message, error.hint));
    else throw error;
  }
  return findings;
}
