import { ConfigError } from './errors.js';

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;

/** Puts values in the place of `${name}` in all settings. */
export function resolveReferences(settings) {
  const values = {};
  const origins = {};
  const resolve = (key, trail) => {
    if (Object.hasOwn(values, key)) return values[key];
    const { text, file, line } = settings.get(key);
    if (trail.includes(key)) throw new ConfigError(file, line, `${key} refers to itself`);
    const value = text.replace(REFERENCE, (whole, name) => {
      if (whole === '$${') return '${';
      if (!settings.has(name)) throw new ConfigError(file, line, `there is no setting ${name}`);
      return resolve(name, [...trail, key]);
    });
    values[key] = value;
    return value;
  };
  for (const [key, { file, line }] of settings) {
    resolve(key, []);
    origins[key] = `${file}:${line}`;
  }
  return { values, origins };
}
