/** A mistake in how routes are declared. */
export class RouteError extends Error {
  constructor(message) {
    super(message);
    this.name = 'RouteError';
  }
}

/** A request that is answered with an error status. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}
