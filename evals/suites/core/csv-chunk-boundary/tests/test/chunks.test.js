import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CsvError, Parser, createReader, parse } from '../src/index.js';

const DEFAULTS = { delimiter: ',', quote: '"', header: false, skipEmptyLines: false };

function pieces(input, size) {
  const parts = [];
  for (let i = 0; i < input.length; i += size) parts.push(input.slice(i, i + size));
  return parts;
}

async function read(parts, options) {
  const reader = createReader(options);
  const rows = [];
  reader.on('data', (row) => rows.push(row));
  const finished = new Promise((resolve, reject) => {
    reader.on('end', resolve);
    reader.on('error', reject);
  });
  for (const part of parts) reader.write(part);
  reader.end();
  await finished;
  return rows;
}

async function alikeInEverySize(text, options) {
  const wanted = parse(text, options);
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    assert.deepEqual(await read(pieces(bytes, size), options), wanted, `in chunks of ${size} bytes`);
  }
  return wanted;
}

function push(parts, options = DEFAULTS) {
  const rows = [];
  const parser = new Parser(options, (row) => rows.push(row));
  for (const part of parts) parser.write(part);
  parser.end();
  return rows;
}

describe('a reader fed in chunks', () => {
  test('keeps doubled quotes together', async () => {
    const rows = await alikeInEverySize('id,remark\n7,"the ""blue"", large one"\n8,""""\n9,""\n');
    assert.deepEqual(rows.slice(1), [['7', 'the "blue", large one'], ['8', '"'], ['9', '']]);
  });

  test('makes no rows of its own at CRLF', async () => {
    assert.deepEqual(await alikeInEverySize('a,b\r\n1,2\r\n\r\n3,4\r\n'), [['a', 'b'], ['1', '2'], [''], ['3', '4']]);
  });

  test('still takes a lone CR as a line end', async () => {
    assert.deepEqual(await alikeInEverySize('a\rb\r\rc'), [['a'], ['b'], [''], ['c']]);
  });

  test('keeps characters of several bytes whole', async () => {
    assert.deepEqual(await alikeInEverySize('Zoë,Łódź\n"日本, 東京",😀\n'), [['Zoë', 'Łódź'], ['日本, 東京', '😀']]);
  });

  test('drops the byte order mark however it is cut', async () => {
    assert.deepEqual(await alikeInEverySize('\ufeffid,x\n1,2\n', { header: true }), [{ id: '1', x: '2' }]);
  });

  test('drops a byte order mark at the beginning only', async () => {
    assert.deepEqual(await alikeInEverySize('a\n\ufeffb\n'), [['a'], ['\ufeffb']]);
  });

  test('keeps line ends inside of quotes as they are', async () => {
    assert.deepEqual(await alikeInEverySize('"x\r\ny"\r\n"p\rq"\r\n'), [['x\r\ny'], ['p\rq']]);
  });

  test('obeys another delimiter and quote', async () => {
    const options = { delimiter: ';', quote: "'" };
    assert.deepEqual(await alikeInEverySize("'it''s; ok';b\r\n'';c", options), [["it's; ok", 'b'], ['', 'c']]);
  });

  test('tells the line of an open quote, whatever the chunks', async () => {
    const text = 'a,b\r\nc,d\r\ne,"f\r\ng';
    for (let size = 1; size <= text.length; size++) {
      await assert.rejects(read(pieces(Buffer.from(text), size)), (error) => error instanceof CsvError && error.line === 3);
    }
  });
});

describe('a parser fed in chunks', () => {
  test('takes text that is cut anywhere', () => {
    const text = '"a ""b""",c\r\n"","""d"\r\n';
    for (let size = 1; size <= text.length; size++) {
      assert.deepEqual(push(pieces(text, size)), [['a "b"', 'c'], ['', '"d']], `in pieces of ${size}`);
    }
  });

  test('takes empty pieces', () => {
    assert.deepEqual(push(['', '\ufeff"a"', '', '"b",', '', 'c\r', '', '\nd']), [['a"b', 'c'], ['d']]);
  });

  test('a quoted field that ends with the input is closed', () => {
    assert.deepEqual(push(['x,"y', '"']), [['x', 'y']]);
  });

  test('an empty quoted field is a row even without a line end', () => {
    assert.deepEqual(push(['"', '"']), [['']]);
  });

  test('still refuses an open quote', () => {
    assert.throws(() => push(['a,"b""', '"" c']), (error) => error instanceof CsvError && error.line === 1);
  });
});

test('csv2json prints records', async () => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../bin/csv2json.js', import.meta.url))]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.stdin.end('name,note\r\nJosé,"a ""b"", c"\r\n');
  assert.equal(await closed, 0);
  assert.equal(output, '{"name":"José","note":"a \\"b\\", c"}\n');
});
