import { HttpError } from './errors.js';

function decode(name, text) {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, `the parameter ${name} is not valid percent-encoding`);
  }
}

function isUnsafe(value) {
  return value === '.' || value === '..' || /[/\\\0]/.test(value);
}

/** Decodes raw parameters; throws an HttpError 400 for what may not come to a handler. */
export function decodeParams(raw, { rejectUnsafe }) {
  const params = {};
  for (const [name, text] of Object.entries(raw)) {
    const value = decode(name, text);
    if (rejectUnsafe && isUnsafe(value)) throw new HttpError(400, `the parameter ${name} is not allowed`);
    params[name] = value;
  }
  return params;
}
