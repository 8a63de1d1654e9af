import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RouteError, createRouter } from '../src/index.js';

const tell = ({ route, params }) => ({ body: `${route} ${JSON.stringify(params)}` });
const ask = async (router, url, method = 'GET') => router.handle({ method, url });

async function bodies(router, urls) {
  const found = [];
  for (const url of urls) {
    const answer = await ask(router, url);
    found.push(answer.status === 200 ? answer.body : answer.status);
  }
  return found;
}

describe('a wildcard', () => {
  test('takes the rest of the path', async () => {
    const router = createRouter().get('/assets/*file', tell);
    assert.deepEqual(await bodies(router, ['/assets/app.js', '/assets/img/x/logo.png', '/assets/img/']), [
      '/assets/*file {"file":"app.js"}',
      '/assets/*file {"file":"img/x/logo.png"}',
      '/assets/*file {"file":"img"}',
    ]);
  });

  test('needs at least one segment', async () => {
    const router = createRouter().get('/assets/*file', tell);
    assert.deepEqual(await bodies(router, ['/assets', '/assets/']), [404, 404]);
  });

  test('matches no empty segments', async () => {
    const router = createRouter().get('/assets/*file', tell);
    assert.deepEqual(await bodies(router, ['/assets//a', '/assets/a//b']), [404, 404]);
  });

  test('at the root takes everything but the root', async () => {
    const router = createRouter().get('/*rest', tell);
    assert.deepEqual(await bodies(router, ['/', '/a', '/a/b']), [404, '/*rest {"rest":"a"}', '/*rest {"rest":"a/b"}']);
  });

  test('is decoded segment by segment', async () => {
    const router = createRouter().get('/docs/*path', tell);
    assert.deepEqual(await bodies(router, ['/docs/a%20b/%C3%BC.md']), ['/docs/*path {"path":"a b/ü.md"}']);
  });

  test('stands at the end only, with a name of its own', () => {
    for (const pattern of ['/*a/b', '/a/*', '/:x/*x', '/*a/*b', '/*a?']) {
      assert.throws(() => createRouter().get(pattern, tell), RouteError, pattern);
    }
  });

  test('refuses segments that leave the folder', async () => {
    const router = createRouter().get('/docs/*path', tell);
    const urls = ['/docs/../x', '/docs/a/%2e%2e/x', '/docs/./a', '/docs/a%2f..%2fb', '/docs/a%5Cb', '/docs/a/b%00', '/docs/%zz/a'];
    assert.deepEqual(await bodies(router, urls), [400, 400, 400, 400, 400, 400, 400]);
  });
});

describe('an optional parameter', () => {
  test('may be missing', async () => {
    const router = createRouter().get('/posts/:year/:month?', tell);
    assert.deepEqual(await bodies(router, ['/posts/2024', '/posts/2024/05', '/posts/2024/', '/posts', '/posts/2024/05/1']), [
      '/posts/:year/:month? {"year":"2024"}',
      '/posts/:year/:month? {"year":"2024","month":"05"}',
      '/posts/:year/:month? {"year":"2024"}',
      404,
      404,
    ]);
  });

  test('alone matches the root as well', async () => {
    const router = createRouter().get('/:lang?', tell);
    assert.deepEqual(await bodies(router, ['/', '/de', '/de/x']), ['/:lang? {}', '/:lang? {"lang":"de"}', 404]);
  });

  test('stands at the end only', () => {
    for (const pattern of ['/:a?/b', '/:a?/:b?', '/:a?/*b', '/x/:?', '/:a/:a?']) {
      assert.throws(() => createRouter().get(pattern, tell), RouteError, pattern);
    }
  });

  test('is checked like any other', async () => {
    const router = createRouter().get('/posts/:slug?', tell);
    assert.deepEqual(await bodies(router, ['/posts/%2e%2e', '/posts/a%2Fb']), [400, 400]);
  });

  test('a question mark in text is no option', async () => {
    const router = createRouter().get('/what', tell).get('/posts/:id?', tell);
    assert.deepEqual(await bodies(router, ['/what?x=1', '/posts?y=2']), ['/what {}', '/posts/:id? {}']);
  });
});

describe('precedence', () => {
  test('text, parameter, optional parameter, wildcard', async () => {
    const router = createRouter().get('/a/*rest', tell).get('/a/:x?', tell).get('/a/:x/:y', tell).get('/a/b', tell);
    assert.deepEqual(await bodies(router, ['/a', '/a/b', '/a/c', '/a/c/d', '/a/c/d/e']), [
      '/a/:x? {}',
      '/a/b {}',
      '/a/:x? {"x":"c"}',
      '/a/:x/:y {"x":"c","y":"d"}',
      '/a/*rest {"rest":"c/d/e"}',
    ]);
  });

  test('a required parameter goes before an optional one', async () => {
    const router = createRouter().get('/a/:y?', tell).get('/a/:x', tell);
    assert.deepEqual(await bodies(router, ['/a/1', '/a']), ['/a/:x {"x":"1"}', '/a/:y? {}']);
  });

  test('a route that ends goes before one with an optional rest', async () => {
    const router = createRouter().get('/a/:x?', tell).get('/a', tell);
    assert.deepEqual(await bodies(router, ['/a', '/a/1']), ['/a {}', '/a/:x? {"x":"1"}']);
  });

  test('segments further left decide', async () => {
    const router = createRouter().get('/:x/b/c', tell).get('/a/*rest', tell).get('/:x/:y/:z?', tell);
    assert.deepEqual(await bodies(router, ['/a/b/c', '/q/b/c', '/q/r']), [
      '/a/*rest {"rest":"b/c"}',
      '/:x/b/c {"x":"q"}',
      '/:x/:y/:z? {"x":"q","y":"r"}',
    ]);
  });

  test('routes with other names for the same thing are refused', () => {
    assert.throws(() => createRouter().get('/a/*x', tell).get('/a/*y', tell), RouteError);
    assert.throws(() => createRouter().get('/a/:x?', tell).get('/a/:y?', tell), RouteError);
  });
});

test('405 counts wildcards and options', async () => {
  const router = createRouter().get('/a/*rest', tell).post('/a/:x?', tell).put('/b', tell);
  const answer = await ask(router, '/a/x', 'DELETE');
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.allow, 'GET, POST');
  assert.equal((await ask(router, '/a', 'GET')).headers.allow, 'POST');
});

test('unsafe parameters come through only where it was asked for', async () => {
  const open = createRouter({ rejectUnsafe: false }).get('/f/:name', tell);
  const usual = createRouter().get('/f/:name', tell);
  assert.deepEqual(await bodies(open, ['/f/%2e%2e']), ['/f/:name {"name":".."}']);
  assert.deepEqual(await bodies(usual, ['/f/%2e%2e']), [400]);
});
