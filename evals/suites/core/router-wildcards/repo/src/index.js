export { HttpError, RouteError } from './errors.js';
export { createRouter } from './router.js';
