import { expect, it } from 'vitest';
import { detectImage } from './detect.ts';
import { isManifest } from './manifests.ts';

it.each([
  [['Cargo.lock'], 'rust:1-bookworm', 'Cargo.lock'],
  [['go.sum', 'package-lock.json'], 'golang:1-bookworm', 'go.sum'],
  [['Gemfile.lock', 'yarn.lock'], 'ruby:3-bookworm', 'Gemfile.lock'],
  [['composer.lock'], 'composer:2', 'composer.lock'],
  [['pnpm-lock.yaml'], null, 'pnpm-lock.yaml'],
  [['requirements.txt', 'uv.lock'], null, 'uv.lock'],
  [[], null, null],
])('%j leads to %s', (files, image, file) => {
  expect(detectImage(new Set(files))).toEqual({ image, file });
});

it('a manifest is known by its name, wherever it lies but among vendored packages', () => {
  const paths = ['package.json', 'a/b/Cargo.toml', 'requirements-dev.txt', 'x.gemspec', 'go.sum'];
  expect(paths.filter(isManifest)).toEqual(paths);
  const others = [
    'src/main.rs',
    'a/package.json.bak',
    'node_modules/x/package.json',
    'vendor/y/go.mod',
    'my-package.json',
  ];
  expect(others.filter(isManifest)).toEqual([]);
});
