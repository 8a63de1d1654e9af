import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeRepository, writeFiles } from '../workspace/fixtures.ts';
import { inspectRepository } from '../workspace/repository.ts';
import type { ImageRequest, Setup } from './recipe.ts';
import { resolveRecipe } from './resolve.ts';

const NO_SETUP: Setup = { commands: [], network: 'full' };

async function resolveIn(files: Record<string, string>, request: ImageRequest, setup = NO_SETUP, folder = '') {
  const user = makeRepository(files);
  const repository = await inspectRepository(join(user.root, folder), user.env);
  return resolveRecipe(repository, request, setup);
}

it('without a wish there is no recipe', async () => {
  expect(await resolveIn({ Dockerfile: 'FROM x\n' }, { kind: 'own' })).toEqual({
    image: null,
    recipe: null,
    notes: [],
  });
});

it('an image of the user’s stays one, with set-up commands on top', async () => {
  const named: ImageRequest = { kind: 'image', name: 'x:1' };
  expect(await resolveIn({}, named)).toMatchObject({ image: 'x:1', recipe: null });
  const setup: Setup = { commands: ['a'], network: 'none' };
  const { image, recipe } = await resolveIn({}, named, setup);
  expect({ image, recipe }).toEqual({ image: 'x:1', recipe: { build: null, env: {}, user: null, setup } });
});

it('the lockfile at the root of the base commit chooses, and the choice is said', async () => {
  const { image, recipe, notes } = await resolveIn({ 'Cargo.lock': '', 'a/go.sum': '' }, { kind: 'auto' });
  expect({ image, recipe }).toEqual({ image: 'rust:1-bookworm', recipe: null });
  expect(notes).toEqual(['note: the image is rust:1-bookworm: the base commit has Cargo.lock']);
  const none = await resolveIn({ 'a/go.sum': '' }, { kind: 'auto' });
  expect(none).toMatchObject({ image: null, notes: [expect.stringContaining('no lockfile')] });
});

it('a Dockerfile is named from the folder of the call, and must be committed', async () => {
  const files = { 'docker/Dockerfile': 'FROM x\n', 'src/a': 'a\n' };
  const { recipe } = await resolveIn(files, { kind: 'dockerfile', path: '../docker/Dockerfile' }, NO_SETUP, 'src');
  expect(recipe?.build).toMatchObject({ kind: 'dockerfile', dockerfile: 'docker/Dockerfile', context: '' });

  const user = makeRepository(files);
  writeFiles(user.root, { 'New.Dockerfile': 'FROM y\n' });
  const repository = await inspectRepository(user.root, user.env);
  const resolve = (path: string) => resolveRecipe(repository, { kind: 'dockerfile', path }, NO_SETUP);
  expect((await resolve(join(user.root, 'docker/Dockerfile'))).recipe?.build?.dockerfile).toBe('docker/Dockerfile');
  await expect(resolve('New.Dockerfile')).rejects.toMatchObject({
    kind: 'recipe',
    hint: expect.stringContaining('commit it'),
  });
  await expect(resolve('docker')).rejects.toThrow('the base commit has no file docker');
  for (const outside of ['../Dockerfile', '/etc/Dockerfile', '.']) {
    await expect(resolve(outside)).rejects.toThrow(`${outside} is not a file in the repository`);
  }
});

it('a devcontainer.json is read from the base commit, whatever the working tree says', async () => {
  const user = makeRepository({ '.devcontainer.json': '{"image": "committed:1", "postCreateCommand": "one"}' });
  writeFileSync(join(user.root, '.devcontainer.json'), '{"image": "changed:1", "privileged": true}');
  const repository = await inspectRepository(user.root, user.env);
  const setup = { commands: ['two'], network: 'none' as const };
  expect(await resolveRecipe(repository, { kind: 'devcontainer' }, setup)).toMatchObject({
    image: 'committed:1',
    recipe: { setup: { commands: ['one', 'two'], network: 'none' } },
  });
});

it('a Dockerfile beside its devcontainer.json has that folder for its context', async () => {
  const json = '{"build": {"dockerfile": "Dockerfile"}}';
  const files = { '.devcontainer/devcontainer.json': json, '.devcontainer/Dockerfile': 'FROM x\n' };
  const { recipe } = await resolveIn(files, { kind: 'devcontainer' });
  expect(recipe?.build).toMatchObject({ dockerfile: '.devcontainer/Dockerfile', context: '.devcontainer' });
});

it('a devcontainer.json that is missing, or names what is missing, is refused', async () => {
  await expect(resolveIn({}, { kind: 'devcontainer' })).rejects.toThrow('neither .devcontainer/devcontainer.json nor');
  const files = { '.devcontainer/devcontainer.json': '{"build": {"dockerfile": "Dockerfile"}}' };
  await expect(resolveIn(files, { kind: 'devcontainer' })).rejects.toThrow('no file .devcontainer/Dockerfile');
  const noContext = { '.devcontainer.json': '{"build": {"dockerfile": "D", "context": "ctx"}}', D: 'FROM x\n' };
  await expect(resolveIn(noContext, { kind: 'devcontainer' })).rejects.toThrow('the base commit has no folder ctx');
});
