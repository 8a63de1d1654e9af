/** From settings to what the parts of a run take. Refuses what contradicts itself. */
import {
  CAPABILITIES,
  type ContainerLimits,
  type ImageRequest,
  type NetworkPolicy,
  type Setup,
} from '../../sandbox/index.ts';
import type { Limits } from '../limits.ts';
import { refuseUnheld, rulesOf } from '../rules.ts';
import { SettingsError } from './errors.ts';
import { nameIn, type Origins, type Resolved } from './layers.ts';
import type { SettingName, Settings } from './schema.ts';

/** What bounds the run. */
function limitsOf(settings: Settings): Limits {
  return {
    maxTurns: settings.maxTurns,
    maxCostUsd: settings.maxCost ?? null,
    timeoutMs: settings.timeout ?? null,
    verify: settings.verify ?? null,
    verifyAttempts: settings.verifyAttempts,
    ...(settings.maxDiff === undefined ? {} : { maxDiffLines: settings.maxDiff }),
    ...(settings.maxDiffFiles === undefined ? {} : { maxDiffFiles: settings.maxDiffFiles }),
  };
}

/** The limits of a resumed run: the session's, but for what the flags say. */
export function resumedLimits({ settings, origins }: Resolved, before: Limits): Limits {
  const now = limitsOf(settings);
  const said = (name: SettingName) => origins.get(name)?.kind === 'flags';
  return {
    maxTurns: said('maxTurns') ? now.maxTurns : before.maxTurns,
    maxCostUsd: said('maxCost') ? now.maxCostUsd : before.maxCostUsd,
    timeoutMs: said('timeout') ? now.timeoutMs : before.timeoutMs,
    verify: said('verify') ? now.verify : before.verify,
    verifyAttempts: said('verifyAttempts') ? now.verifyAttempts : before.verifyAttempts,
    ...only('maxDiffLines', said('maxDiff') ? now : before),
    ...only('maxDiffFiles', said('maxDiffFiles') ? now : before),
  };
}

/** One limit of a change, where it is set. */
function only(name: 'maxDiffLines' | 'maxDiffFiles', limits: Limits): Partial<Limits> {
  const value = limits[name];
  return value === undefined ? {} : { [name]: value };
}

/** The policy that `network` and `allow` come to: the latter alone means `allow`. Throws where they contradict. */
export function networkPolicy({ network, allow, sandbox }: Pick<Settings, 'network' | 'allow' | 'sandbox'>): {
  network: NetworkPolicy;
  allow: string[];
} {
  if (sandbox === 'host') return { network: 'full', allow: [] };
  if (allow.length > 0 && (network === 'none' || network === 'full')) {
    throw new SettingsError(`--allow contradicts --network ${network}`, 'leave one of them out');
  }
  if (allow.length === 0 && network === 'allow') {
    throw new SettingsError(
      '--network allow needs to know what to allow',
      'add --allow HOST[:PORT], as often as needed',
    );
  }
  return { network: allow.length > 0 ? 'allow' : (network ?? 'none'), allow: [...new Set(allow.flat())] };
}

/** Where the image comes from: one of three settings says it, or none. */
export function imageOf({ settings, origins }: Pick<Resolved, 'settings' | 'origins'>): ImageRequest {
  const { image, dockerfile, devcontainer, setup, setupNetwork } = settings;
  const given = [
    image === undefined ? null : '--image',
    dockerfile === undefined ? null : '--dockerfile',
    devcontainer ? '--devcontainer' : null,
  ].filter((flag) => flag !== null);
  if (given.length > 1) {
    throw new SettingsError(`${given.join(' and ')} exclude each other`, 'the image comes from one place: choose one');
  }
  if (setupNetwork !== undefined && isAsked(origins, 'setupNetwork') && setup.length === 0 && !devcontainer) {
    throw new SettingsError('--setup-network says nothing without --setup', 'add a --setup command, or leave it out');
  }
  if (devcontainer) return { kind: 'devcontainer' };
  if (dockerfile !== undefined) return { kind: 'dockerfile', path: dockerfile };
  if (image === undefined) return { kind: 'own' };
  return image === 'auto' ? { kind: 'auto' } : { kind: 'image', name: image };
}

/** What the settings say of the container's limits. */
function containerLimits({ memory, cpus, pids, disk }: Settings): Partial<ContainerLimits> {
  return {
    ...(memory === undefined ? {} : { memoryBytes: memory }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(pids === undefined ? {} : { pids }),
    ...(disk === undefined ? {} : { diskBytes: disk }),
  };
}

/** Whether a setting was said for this run. What a file says is a habit, which not every run has a use for. */
function isAsked(origins: Origins, name: SettingName): boolean {
  const kind = origins.get(name)?.kind;
  return kind !== undefined && kind !== 'user' && kind !== 'project';
}

/** What a backend cannot do is refused by name where it was asked for, never silently skipped. */
export function refuseWhatIsMissing(settings: Settings, origins: Origins): void {
  const can = CAPABILITIES[settings.sandbox];
  const missing: SettingName[] = [
    ...(['memory', 'cpus', 'pids', 'disk'] as const).filter((limit) => !can.limits.includes(limit)),
    ...(can.images ? [] : (['image', 'dockerfile', 'devcontainer', 'setup', 'setupNetwork'] as const)),
    ...(can.copies ? [] : (['includeDirty', 'apply'] as const)),
    ...(can.users ? [] : (['hostUser'] as const)),
  ];
  const { network, allow } = settings;
  const named = missing
    .filter((name) => isAsked(origins, name) && settings[name] !== false)
    .map((name) => nameIn(origins.get(name) ?? { kind: 'flags' }, name));
  if (network !== undefined && isAsked(origins, 'network') && !can.networks.includes(network))
    named.push(`--network ${network}`);
  if (allow.length > 0 && isAsked(origins, 'allow') && !can.networks.includes('allow')) named.push('--allow');
  if (named.length === 0) return;
  throw new SettingsError(
    `${named.join(', ')} has no meaning with --sandbox ${settings.sandbox}`,
    settings.sandbox === 'host'
      ? 'it works in place, as the machine is: without a container, a network policy or limits of its own'
      : 'commands run as the user of the image',
  );
}

/** What becomes of the work, and what enters the sandbox. Throws for a variable that is not there. */
export function deliveryOf(
  { output, apply, env: passEnv }: Settings,
  env: Readonly<Record<string, string | undefined>>,
): { branch: boolean; apply: boolean; passEnv: string[] } {
  const missing = passEnv.find((name) => env[name] === undefined);
  if (missing !== undefined) throw new SettingsError(`--env ${missing}: there is no such variable in the environment`);
  return { branch: output === 'branch', apply, passEnv };
}

/** For a limit in dollars on a model whose price nobody knows. */
export function unknownPrice(model: string): SettingsError {
  return new SettingsError(
    `--max-cost cannot be kept: the price of ${model} is unknown`,
    'choose a model of the catalogue, or leave it out and use --max-turns',
  );
}

/** All that a new run takes from its settings. Throws `SettingsError` for what contradicts itself or cannot be. */
export function derive(resolution: Resolved, env: Readonly<Record<string, string | undefined>>) {
  const { settings, origins } = resolution;
  refuseWhatIsMissing(settings, origins);
  const rules = rulesOf(settings);
  const reach = networkPolicy(settings);
  refuseUnheld(rules, reach.network);
  const setup: Setup = { commands: settings.setup, network: settings.setupNetwork ?? 'full' };
  return {
    ...reach,
    rules,
    ...deliveryOf(settings, env),
    limits: limitsOf(settings),
    image: imageOf(resolution),
    setup,
    containerLimits: containerLimits(settings),
    compaction: { strategy: settings.compaction, at: settings.compactAt ?? null },
  };
}
