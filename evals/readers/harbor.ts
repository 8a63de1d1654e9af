/** Reads tasks from Harbor's folders. */
import { basename, join } from 'node:path';
import { type InvalidTask, type Task, TaskError, type TaskImage } from '../task.ts';
import { fieldsOf, isThere, lineOfTomlField, readText, readTextIfThere, readToml } from './files.ts';
import { readFolders } from './folders.ts';
import { HARBOR_TASK, type HarborFile, memoryOf, whatIsNotSupported } from './harbor-file.ts';
import { readFiles, readWorkdir } from './reward-task.ts';
import { digestOfTask, type ReadBase } from './task-digest.ts';

const TASK_FILE = 'task.toml';

/**
 * The tasks of a folder (see `readFolders`). One that is broken, or wants what cannot be done here (see `whatIsNotSupported`), is
 * `invalid`, with file, line and field. Throws a TaskError where there is no task at all.
 */
export function readHarbor(path: string): Promise<{ tasks: Task[]; invalid: InvalidTask[] }> {
  return readFolders(path, [TASK_FILE, 'instruction.md'], readTask);
}

async function readTask(folder: string): Promise<Task> {
  const path = join(folder, TASK_FILE);
  const { data: file, raw } = await readToml(path, HARBOR_TASK);
  const refused = whatIsNotSupported(file);
  if (refused !== null) {
    const line = lineOfTomlField(await readText(path), (refused.split(':')[0] ?? '').split('.'));
    throw new TaskError(`${path}${line === null ? '' : `:${line}`}: ${refused}`);
  }
  const tests = await readFiles(join(folder, 'tests'), ['test.sh']);
  if (!tests.some((test) => test.path === 'test.sh'))
    throw new TaskError(`${join(folder, 'tests', 'test.sh')}: not there`);
  const problem = await readText(join(folder, 'instruction.md'));
  const { image, workdir } = await environmentOf(folder, file);
  const task: Omit<Task, 'digest'> & { base: ReadBase } = {
    id: basename(folder),
    format: 'harbor',
    origin: folder,
    title: file.task.description ?? file.task.name ?? basename(folder),
    tags: [...new Set([...file.task.keywords, ...file.metadata.tags])],
    problem,
    base: { kind: 'image', workdir },
    image,
    tests: {
      kind: 'reward',
      script: '/tests/test.sh',
      files: tests,
      env: file.verifier.env,
      timeoutMs: Math.round(file.verifier.timeout_sec * 1000),
    },
    solution: await solutionOf(folder, file),
    cheats: [],
    limits: {
      timeoutMs: file.agent.timeout_sec === undefined ? null : Math.round(file.agent.timeout_sec * 1000),
      memoryBytes: memoryOf(file.environment),
      cpus: file.environment.cpus ?? null,
    },
    extra: fieldsOf(raw),
  };
  return { ...task, digest: await digestOfTask(task) };
}

async function environmentOf(folder: string, file: HarborFile): Promise<{ image: TaskImage; workdir: string }> {
  const environment = join(folder, 'environment');
  for (const name of ['docker-compose.yaml', 'docker-compose.yml', 'compose.yaml', 'compose.yml']) {
    if (await isThere(join(environment, name))) {
      throw new TaskError(`${join(environment, name)}: environments of several containers are not supported`);
    }
  }
  const dockerfile = join(environment, 'Dockerfile');
  const { docker_image: name, workdir } = file.environment;
  const isBuilt = name === undefined;
  if (isBuilt && (await readTextIfThere(dockerfile)) === null) {
    throw new TaskError(`${dockerfile}: not there, and ${TASK_FILE} has no environment.docker_image`);
  }
  return {
    image: isBuilt
      ? { kind: 'build', folder: environment, dockerfile: 'Dockerfile', files: null }
      : { kind: 'image', name },
    workdir: workdir ?? (isBuilt || (await isThere(dockerfile)) ? await readWorkdir(dockerfile) : '/app'),
  };
}

async function solutionOf(folder: string, file: HarborFile): Promise<Task['solution']> {
  const files = await readFiles(join(folder, 'solution'), ['solve.sh']);
  if (!files.some(({ path }) => path === 'solve.sh')) return null;
  return { kind: 'script', script: '/solution/solve.sh', files, env: file.solution.env };
}
