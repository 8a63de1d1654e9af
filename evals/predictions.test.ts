import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPredictions, writePredictions } from './predictions.ts';
import { TaskError } from './task.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-predictions-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(name: string, text: string) {
  await writeFile(join(folder, name), text);
  return readPredictions(join(folder, name));
}

const ONE = { instance_id: 'a__b-1', model_name_or_path: 'm/1', model_patch: 'diff --git a/x b/x\r\n', cost: 0.5 };
const TWO = { instance_id: 'a__b-2', model_name_or_path: 'm/1', model_patch: null };
const EXPECTED = [
  { instanceId: 'a__b-1', model: 'm/1', patch: Buffer.from(ONE.model_patch), extra: { cost: 0.5 } },
  { instanceId: 'a__b-2', model: 'm/1', patch: Buffer.alloc(0), extra: {} },
];

describe('predictions are read from', () => {
  const { instance_id: _, ...unnamed } = TWO;
  test.each([
    ['lines', 'p.jsonl', `${JSON.stringify(ONE)}\n\n${JSON.stringify(TWO)}`],
    ['lines in a file that is named .json', 'p.json', `${JSON.stringify(ONE)}\r\n${JSON.stringify(TWO)}\n`],
    ['an array', 'p.json', JSON.stringify([ONE, TWO], null, 2)],
    ['a map', 'preds.json', JSON.stringify({ 'a__b-1': ONE, 'a__b-2': unnamed })],
  ])('%s', async (_, name, text) => {
    expect(await read(name, text)).toEqual(EXPECTED);
  });

  test('one line, a file with a single record', async () => {
    expect(await read('p.json', JSON.stringify(ONE))).toEqual(EXPECTED.slice(0, 1));
  });

  test('nothing, and none are found', async () => {
    expect(await read('p.jsonl', '')).toEqual([]);
    expect(await read('p.json', '{}')).toEqual([]);
  });
});

test('what is written is read as it was', async () => {
  const prediction = fc.record({
    instanceId: fc.uuid(),
    model: fc.string({ unit: 'grapheme' }),
    patch: fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
    extra: fc.dictionary(fc.stringMatching(/^x\w+$/), fc.jsonValue()),
  });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(prediction, { selector: ({ instanceId }) => instanceId }), async (predictions) => {
      // JSON has one zero.
      const plain = predictions.map((one) => ({ ...one, extra: JSON.parse(JSON.stringify(one.extra)) }));
      expect(await read('p.jsonl', writePredictions(plain))).toEqual(plain);
    }),
    { numRuns: 50 },
  );
});

test('a patch that JSON cannot hold is not written as another one', () => {
  const broken = { instanceId: 'a', model: 'm', patch: Buffer.from([0x2b, 0xff]), extra: {} };
  expect(() => writePredictions([broken])).toThrow('a: model_patch: not UTF-8');
});

describe('a broken file is told by its line and field', () => {
  const line = JSON.stringify(ONE);
  test.each([
    ['p.jsonl', `${line}\n{"a":`, 'p.jsonl:2: not JSON: Unexpected end of JSON input'],
    ['p.jsonl', `${line}\n${line}`, 'p.jsonl:2: instance_id: a__b-1 is already on line 1'],
    ['p.jsonl', '\n[]', 'p.jsonl:2: Invalid input: expected object, received array'],
    [
      'p.jsonl',
      JSON.stringify({ ...ONE, model_patch: 3 }),
      'p.jsonl:1: model_patch: Invalid input: expected string, received number',
    ],
    ['p.jsonl', '{"model_name_or_path":"m","model_patch":""}', 'p.jsonl:1: instance_id: not there'],
    ['p.jsonl', JSON.stringify({ ...ONE, model_patch: '\ud800' }), 'p.jsonl:1: model_patch: has half a character'],
    ['p.json', `{\n"a__b-1": ${line},\n"a__b-1": ${line}}`, 'p.json:3: a__b-1 is already on line 2'],
    ['p.json', `{\n"other": ${line}}`, 'p.json:2: instance_id: a__b-1 stands under the name other'],
    ['p.json', `[\n\n${line},\n${line}\n]`, 'p.json:4: instance_id: a__b-1 is already on line 3'],
    ['p.json', `[\n${line}\n${line}\n]`, "p.json:3: not JSON: Expected ',' or ']' after array element"],
    ['p.json', '3', 'p.json:1: not an array, an object, or lines'],
  ])('%s %#', async (name, text, message) => {
    await expect(read(name, text)).rejects.toThrow(new TaskError(message));
  });

  test('and one that is not there by its path', async () => {
    await expect(readPredictions(join(folder, 'none.jsonl'))).rejects.toThrow(`${folder}/none.jsonl: not there`);
  });
});
