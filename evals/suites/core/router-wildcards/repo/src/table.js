import { RouteError } from './errors.js';
import { comparePatterns, matchPattern, parsePattern, segmentsOf, shapeOf } from './pattern.js';

/** The routes of a router. */
export class RouteTable {
  constructor() {
    this.routes = [];
    this.shapes = new Map();
  }

  add(method, pattern, handler) {
    const segments = parsePattern(pattern);
    const key = `${method} ${shapeOf(segments)}`;
    const other = this.shapes.get(key);
    if (other !== undefined) throw new RouteError(`${method} ${pattern} cannot be told from ${method} ${other}`);
    this.shapes.set(key, pattern);
    this.routes.push({ method, pattern, segments, handler });
    this.routes.sort((a, b) => comparePatterns(a.segments, b.segments));
  }

  /** All routes that match a path, the one that wins first, each with its raw parameters. */
  matches(path) {
    const segments = segmentsOf(path);
    const found = [];
    for (const route of this.routes) {
      const raw = matchPattern(route.segments, segments);
      if (raw !== null) found.push({ route, raw });
    }
    return found;
  }
}
