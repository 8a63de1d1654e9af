/**
 * Writes `test/forge/github-api.json`: GitHub's OpenAPI document, of which only the request side of the operations in
 * `test/forge/operations.ts` is kept. The document is 73 MB and its package 385 MB, so it is no dependency. By hand:
 *
 *     cd "$(mktemp -d)" && npm pack @octokit/openapi@23.0.2
 *     tar xzf octokit-openapi-23.0.2.tgz package/package.json package/generated/api.github.com.deref.json
 *     node scripts/forge-openapi.ts "$OLDPWD/package"      # from the root of this repository
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { OPERATIONS } from '../test/forge/operations.ts';

const operationSchema = z.object({
  parameters: z
    .array(
      z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean().optional(), schema: z.json() }),
    )
    .default([]),
  requestBody: z
    .object({
      required: z.boolean().optional(),
      content: z.object({ 'application/json': z.object({ schema: z.json() }) }),
    })
    .optional(),
});
const documentSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const packageSchema = z.object({ name: z.string(), version: z.string(), license: z.string() });

type Json = z.output<ReturnType<typeof z.json>>;

/** Keywords for readers. Below `properties` a word is the name of a field, whatever it is. */
const PROSE = new Set(['description', 'example', 'examples', 'summary', 'externalDocs', 'x-github', 'title']);

function withoutProse(schema: Json, names = false): Json {
  if (Array.isArray(schema)) return schema.map((item) => withoutProse(item));
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = Object.entries(schema).filter(([key]) => names || !PROSE.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutProse(value, !names && key === 'properties')]));
}

/** The pruned document, of an unpacked `@octokit/openapi`. */
export function prunedText(folder: string): string {
  const json = (path: string): unknown => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const from = packageSchema.parse(json('package.json'));
  const { paths } = documentSchema.parse(json('generated/api.github.com.deref.json'));
  const operations = OPERATIONS.map((name) => {
    const [method = '', path = ''] = name.split(' ');
    const { parameters, requestBody } = operationSchema.parse(paths[path]?.[method.toLowerCase()]);
    return {
      ...{ method, path },
      parameters: parameters.map((one) => ({
        ...{ name: one.name, in: one.in, required: one.required === true },
        schema: withoutProse(one.schema),
      })),
      body:
        requestBody === undefined
          ? null
          : {
              required: requestBody.required === true,
              schema: withoutProse(requestBody.content['application/json'].schema),
            },
    };
  });
  const source = `${from.name}@${from.version} (${from.license}), generated/api.github.com.deref.json`;
  return `${JSON.stringify({ source, writtenBy: 'scripts/forge-openapi.ts', operations }, null, 2)}\n`;
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: node scripts/forge-openapi.ts FOLDER_OF_THE_PACKAGE');
  writeFileSync(join(import.meta.dirname, '..', 'test', 'forge', 'github-api.json'), prunedText(folder));
}
