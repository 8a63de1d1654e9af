import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteError, createRouter } from '../src/index.js';

const tell = ({ route, params }) => ({ body: `${route} ${JSON.stringify(params)}` });
const ask = async (router, url, method = 'GET') => router.handle({ method, url });

test('text and parameters', async () => {
  const router = createRouter().get('/', tell).get('/users', tell).get('/users/:id', tell);
  assert.equal((await ask(router, '/')).body, '/ {}');
  assert.equal((await ask(router, '/users/')).body, '/users {}');
  assert.equal((await ask(router, '/users/7?x=1')).body, '/users/:id {"id":"7"}');
  assert.equal((await ask(router, '/users/7/posts')).status, 404);
});

test('text wins over a parameter, whatever the order', async () => {
  const router = createRouter().get('/:kind/list', tell).get('/users/:id', tell).get('/users/me', tell);
  assert.equal((await ask(router, '/users/me')).body, '/users/me {}');
  assert.equal((await ask(router, '/users/list')).body, '/users/:id {"id":"list"}');
  assert.equal((await ask(router, '/posts/list')).body, '/:kind/list {"kind":"posts"}');
});

test('routes that cannot be told apart are refused', () => {
  const router = createRouter().get('/users/:id', tell).post('/users/:id', tell);
  assert.throws(() => router.get('/users/:name', tell), RouteError);
});

test('patterns that cannot be read are refused', () => {
  for (const pattern of ['users', '/a//b', '/:', '/:1a', '/:a/:a']) {
    assert.throws(() => createRouter().get(pattern, tell), RouteError, pattern);
  }
});

test('methods', async () => {
  const router = createRouter().post('/a', tell).get('/a', tell);
  const refused = await ask(router, '/a', 'DELETE');
  assert.equal(refused.status, 405);
  assert.equal(refused.headers.allow, 'GET, POST');
  assert.deepEqual(await ask(router, '/a', 'HEAD'), { status: 200, headers: {}, body: '' });
});

test('middleware runs round the handler', async () => {
  const router = createRouter().get('/a', () => ({ body: 'a' }));
  router.use(async (_context, next) => {
    const answer = await next();
    return { ...answer, body: `[${answer.body}]` };
  });
  assert.equal((await ask(router, '/a')).body, '[a]');
});
