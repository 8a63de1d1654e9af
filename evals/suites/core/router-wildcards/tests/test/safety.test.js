import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRouter } from '../src/index.js';

const router = createRouter().get('/files/:name', ({ params }) => ({ body: params.name }));
const status = async (url) => (await router.handle({ method: 'GET', url })).status;

test('parameters are decoded', async () => {
  assert.equal((await router.handle({ method: 'GET', url: '/files/a%20b.txt' })).body, 'a b.txt');
});

test('broken percent-encoding is refused', async () => {
  assert.equal(await status('/files/%zz'), 400);
});

test('parameters that leave the folder are refused', async () => {
  for (const name of ['..', '%2e%2e', '.', 'a%2Fb', 'a%5cb', 'a%00b']) {
    assert.equal(await status(`/files/${name}`), 400, name);
  }
});
