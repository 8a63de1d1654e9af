import { HttpError } from './errors.js';
import { decodeParams } from './params.js';
import { settings } from './settings.js';
import { RouteTable } from './table.js';

function splitUrl(url) {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: new URLSearchParams() } : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) };
}

function answerOf(result) {
  return { status: result?.status ?? 200, headers: result?.headers ?? {}, body: result?.body ?? '' };
}

function choose(matches, method) {
  const wanted = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
  for (const candidate of wanted) {
    const match = matches.find(({ route }) => route.method === candidate);
    if (match !== undefined) return match;
  }
  return null;
}

export function createRouter(given) {
  const chosen = settings(given);
  const table = new RouteTable();
  const middleware = [];

  async function dispatch(request) {
    const { path, query } = splitUrl(request.url);
    if (path.length > chosen.maxPathLength) throw new HttpError(414, 'the path is too long');
    const matches = table.matches(path);
    if (matches.length === 0) throw new HttpError(404, 'there is nothing here');
    const match = choose(matches, request.method);
    if (match === null) {
      const allow = [...new Set(matches.map(({ route }) => route.method))].sort().join(', ');
      return { status: 405, headers: { allow }, body: 'this method is not allowed' };
    }
    const params = decodeParams(match.raw, chosen);
    const context = { request, path, query, params, route: match.route.pattern };
    const run = (i) => (i < middleware.length ? middleware[i](context, () => run(i + 1)) : match.route.handler(context));
    const answer = answerOf(await run(0));
    return request.method === 'HEAD' ? { ...answer, body: '' } : answer;
  }

  const router = {
    route(method, pattern, handler) {
      table.add(method.toUpperCase(), pattern, handler);
      return router;
    },
    use(fn) {
      middleware.push(fn);
      return router;
    },
    async handle(request) {
      try {
        return await dispatch(request);
      } catch (error) {
        if (error instanceof HttpError) return { status: error.status, headers: {}, body: error.message };
        throw error;
      }
    },
  };
  for (const method of ['get', 'post', 'put', 'delete']) {
    router[method] = (pattern, handler) => router.route(method, pattern, handler);
  }
  return router;
}
