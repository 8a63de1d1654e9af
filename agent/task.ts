/** One run from end to end: a task and a repository go in; a branch, a patch and the session's log come out. */
import type { ImagePart } from '../models/index.ts';
import {
  awaitEngine,
  DEFAULT_LIMITS,
  describeBase,
  type Engine,
  GitError,
  inspectRepository,
  locateEngine,
  nameOfUser,
  openEngine,
  type PlacedFile,
  type Repository,
  RepositoryError,
  type ResolvedRecipe,
  readStatus,
  resolveHostUser,
  resolveRecipe,
  snapshotChanges,
  treeOf,
  WORKSPACE,
} from '../sandbox/index.ts';
import { type CreatedEvent, createSession, newSessionId, type Session, thisProcess } from '../session/index.ts';
import { openChoice, toolsOf } from './active-model.ts';
import { lookAtBase } from './base.ts';
import { type CallerOptions, carryOut, type RunOptions, type RunResult } from './carry-out.ts';
import { configurationDigest, configurationOf } from './configuration.ts';
import { chooseFirst } from './first-choice.ts';
import { createRedactor } from './guard/redact.ts';
import { capInstructions } from './instructions.ts';
import { checkCost, checkSight } from './model-choice.ts';
import { deniedHosts } from './policy/rules.ts';
import { systemPrompt } from './prompt.ts';
import { readRecord, type SandboxRecord } from './record.ts';
import { digestible } from './rules.ts';
import { derive, type Layer, projectLayer, resolveSettings, withProject } from './settings/index.ts';
import { chooseSkills, filesOf, keptSkills, recordOf, userSkills } from './skills/index.ts';
import { type OpenWorkplace, openDockerWorkplace, openHostWorkplace } from './workplace.ts';

export type TaskOptions = CallerOptions & {
  task: string;
  /** What the user shows with the task. */
  images: readonly ImagePart[];
  /** The folder whose repository is worked on. */
  cwd: string;
  /** Where sessions are kept. */
  sessionsDir: string;
  /** What the user says, the lowest layer first; the project's own comes above the user's file. */
  layers: readonly Layer[];
  /** Whether the base commit's own settings are read. */
  useProject: boolean;
  /**
   * The full id of the commit whose instructions, settings, skills and recipe count, where the base may have been written by
   * somebody who must not have a say in them; left out: the base itself.
   */
  rules?: string;
};

/** The image as it is. */
const NO_RECIPE: ResolvedRecipe = { image: null, recipe: null, notes: [] };

/**
 * Runs a task in a new session. What goes wrong before the session exists is thrown (`SettingsError`, `RepositoryError`,
 * `ModelConfigError`, `SessionError`); everything later is in the result, and in the log.
 */
export async function runTask(options: TaskOptions): Promise<RunResult> {
  const { env } = options;
  const own = resolveSettings(options.layers);
  // What is wrong whatever the project says is told before anything is looked at.
  const choice = chooseFirst(own, env);
  const { sandbox: backend, skills: which } = own.settings;
  checkSight(choice, options.images);
  const { model, effort } = choice;
  const tools = toolsOf(model.editTool, own.settings.compaction);
  // Loading the provider's client takes as long as asking git; both at once.
  const [opened, repository, ofUser] = await Promise.all([
    openChoice(choice, tools, env, own.settings),
    backend === 'host' ? findRepository(options) : inspectRepository(options.cwd, env),
    which === 'none' ? [] : userSkills(env),
  ]);
  const prefix = (repository?.prefix ?? '').replace(/\/$/, '');
  const speaker = repository && { ...repository, head: options.rules ?? repository.head };
  const said = await lookAtBase(speaker, prefix, which === 'all');
  const chosenSkills = chooseSkills([...ofUser, ...said.skills]);
  const project = options.useProject ? await projectLayer(said.settings) : null;
  const resolution = resolveSettings(withProject(options.layers, project));
  const { settings } = resolution;
  checkCost(choice, settings.maxCost ?? null);
  const run = { ...options, ...derive(resolution, env) };
  const { limits, network, allow, rules } = run;
  const redactor = createRedactor(rules.guard, opened.secretEnv);
  const instructions = capInstructions(said.instructions, redactor.text);
  const resolved =
    speaker === null || backend === 'host' ? NO_RECIPE : await resolveRecipe(speaker, run.image, run.setup);
  const { image, recipe } = resolved;
  const workspace = backend === 'docker' ? WORKSPACE : (repository?.root ?? options.cwd);
  const facts = { workspace, prefix, backend, network, allow, verify: limits.verify };
  const reach = network === 'allow' ? { network, allow } : { network };
  const names = tools.map((tool) => tool.name);
  const mcp = settings.mcp === undefined || settings.mcp.length === 0 ? {} : { mcp: settings.mcp };
  const id = newSessionId();
  const skills = recordOf(chosenSkills.skills, backend, id);

  const sandbox = {
    backend,
    image,
    ...reach,
    ...(recipe === null ? {} : { recipe }),
    ...(backend === 'docker'
      ? { limits: { ...DEFAULT_LIMITS, ...run.containerLimits } }
      : { user: nameOfUser(resolveHostUser(workspace, settings.hostUser ?? null)) }),
  };

  const modelSettings = { model: model.id, reasoningEffort: effort, editTool: model.editTool, tools: names };
  const created: Omit<CreatedEvent, 'type' | 'configurationDigest'> = {
    id,
    drydockVersion: options.version,
    repository:
      repository === null
        ? null
        : {
            root: repository.root ?? repository.gitDir,
            base: repository.head,
            branch: repository.branch,
            prefix,
            objectFormat: repository.objectFormat,
            ...(options.rules === undefined ? {} : { rules: options.rules }),
          },
    sandbox: { ...sandbox, workspace },
    ...modelSettings,
    contextWindow: model.contextWindow,
    limits,
    compaction: run.compaction,
    rules: digestible(rules),
    useProject: options.useProject,
    instructions,
    ...(skills ? { skills } : {}),
    system: systemPrompt({ ...facts, instructions, skills }),
    ...mcp,
  };
  const digest = configurationDigest(configurationOf(created, modelSettings));
  const session = await createSession(options.sessionsDir, { ...created, configurationDigest: digest });
  options.emit({ type: 'log', event: session.created });
  for (const text of [...choice.notes, ...resolution.notes, ...chosenSkills.notes, ...resolved.notes])
    options.emit({ type: 'progress', text });
  options.emit({
    type: 'log',
    // Models read an image best before the words about it.
    event: session.append({ type: 'prompt', content: [...options.images, { type: 'text', text: options.task }] }),
  });
  return carryOut(session, {
    ...run,
    ...opened,
    subject: options.task,
    claim: false,
    afterCrash: false,
    begin: 'prompt',
    openWorkplace: workplaceOf(session, repository, {
      ...run,
      includeDirty: settings.includeDirty,
      loadSkills: () => filesOf(chosenSkills.skills),
    }),
  });
}

/** The `host` backend works with or without a repository, and on a machine without git. */
async function findRepository(options: TaskOptions): Promise<Repository | null> {
  try {
    return await inspectRepository(options.cwd, options.env);
  } catch (error) {
    if (error instanceof GitError && error.kind === 'missing') {
      options.emit({
        type: 'progress',
        text: 'note: git was not found: the folder is worked on as one without a repository',
      });
      return null;
    }
    if (error instanceof RepositoryError && ['not_a_repository', 'no_commit'].includes(error.kind)) return null;
    throw error;
  }
}

/** How the place that a session says is opened; used by a new run and by a resumed one. */
export function workplaceOf(
  session: Session,
  repository: Repository | null,
  options: RunOptions & { includeDirty: boolean; loadSkills: () => Promise<PlacedFile[]> },
): OpenWorkplace {
  const { backend, image, network, allow = [], recipe, limits } = session.created.sandbox;
  const passed = Object.fromEntries(
    options.passEnv.flatMap((name) => {
      const value = options.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const listed = session.created.skills;
  const skillsAfter = (after: Promise<void>) => {
    const files = () => after.then(() => keptSkills(session.dir, options.loadSkills));
    return listed ? { skills: { folder: listed.folder, files } } : {};
  };
  if (backend === 'host') {
    const { workspace: root, user: asked = null } = session.created.sandbox;
    // Only root can take another user; who resumes as themselves works as themselves.
    const user = process.getuid?.() === 0 ? resolveHostUser(root, asked) : null;
    const place = { dir: session.dir, root, repository, env: passed, user };
    return ({ after }) => openHostWorkplace({ ...place, ...skillsAfter(after) });
  }
  if (repository === null) throw new Error('a session in a container always has a repository');
  const say = (text: string) => options.emit({ type: 'progress', text });
  const base = session.created.repository?.base ?? repository.head;
  const rules = session.created.repository?.rules ?? base;
  const dirtyCommit = () => session.state().checkpoints.find((point) => point.trigger === 'include_dirty')?.commit;
  /** The same one for the whole run: another that answers, while this one restarts, has nothing of the session. */
  let engine: Promise<Engine> | undefined;
  const connect = async (after: Promise<void>, again: boolean, signal: AbortSignal): Promise<Engine> => {
    await after;
    engine ??= locateEngine(options.env).then(openEngine);
    if (again) await awaitEngine(await engine, signal, () => say('the engine does not answer; waiting for it'));
    return engine;
  };
  const usable = (record: SandboxRecord | null): SandboxRecord | null => {
    const fits = record?.version === options.version && record.commit === (dirtyCommit() ?? base);
    return fits ? record : null;
  };
  return ({ after, claim, again }) =>
    openDockerWorkplace({
      dir: session.dir,
      repository,
      base,
      version: options.version,
      ...skillsAfter(after),
      connect: (signal) => connect(after, again, signal),
      ...(claim ? { claim: { record: usable(readRecord(session.dir)) } } : {}),
      start: async (trusted, author) => {
        if (again) say('the sandbox was lost; starting another');
        else warn(repository, options.includeDirty, say).catch((error: unknown) => say(String(error)));
        const dirty = dirtyCommit();
        const last = session.state().checkpoints.at(-1);
        if (dirty !== undefined) return { base: dirty, tree: last?.tree ?? null };
        if (last || !options.includeDirty) return { base, tree: last?.tree ?? null };
        const snapshot = await snapshotChanges(trusted, repository, author);
        if (snapshot === null) return { base, tree: null };
        const tree = await treeOf(trusted, snapshot);
        options.emit({
          type: 'log',
          event: session.append({
            type: 'checkpoint',
            commit: snapshot,
            tree,
            files: [],
            trigger: 'include_dirty',
            turn: 0,
          }),
        });
        return { base: snapshot, tree: null };
      },
      sandbox: {
        sessionId: session.id,
        owner: JSON.stringify(thisProcess()),
        image,
        dockerfile: options.dockerfile,
        ...(recipe === undefined ? {} : { source: { recipe, repository, base: rules, scratch: session.dir } }),
        network:
          network === 'allow'
            ? {
                allow,
                deny: deniedHosts(options.rules.policy),
                onEvent: (event) => options.emit({ type: 'log', event: session.append(event) }),
              }
            : network,
        env: passed,
        ...(limits ? { limits } : {}),
        onProgress: say,
        onBreach: (breach) =>
          options.emit({ type: 'log', event: session.append({ type: 'limit.breached', ...breach }) }),
      },
    });
}

/** Says what of the user's folder is not, or not wholly, in the sandbox. */
async function warn(repository: Repository, includeDirty: boolean, say: (text: string) => void): Promise<void> {
  const [changes, base] = await Promise.all([
    includeDirty ? [] : readStatus(repository),
    describeBase(repository, repository.head),
  ]);
  if (changes.length > 0) {
    say(
      `note: ${changes.length} uncommitted or untracked files are not part of this run (--include-dirty takes them along)`,
    );
  }
  if (base.submodules.length > 0) say(`note: submodules stay empty in the sandbox: ${base.submodules.join(', ')}`);
  if (base.lfs) say('note: files kept in Git LFS are seen as their pointers');
  if (repository.shallow) say('note: a shallow clone: the model sees no history');
  if (repository.partial) say('note: a partial clone: the model sees no history');
}
