import { posix } from 'node:path';
import { ConfigError } from './errors.js';
import { parse } from './parse.js';
import { resolveReferences } from './references.js';

function collect(file, trail, source, settings, from) {
  if (trail.includes(file)) {
    throw new ConfigError(from.file, from.line, `files include each other: ${[...trail, file].join(' > ')}`);
  }
  const text = source.read(file);
  if (text === null) {
    if (from?.optional) return;
    throw new ConfigError(from?.file ?? file, from?.line ?? 0, from ? `there is no file ${file}` : 'there is no such file');
  }
  for (const statement of parse(file, text)) {
    if (statement.kind === 'set') {
      settings.set(statement.key, { text: statement.text, file, line: statement.line });
    } else {
      const included = posix.join(posix.dirname(file), statement.name);
      collect(included, [...trail, file], source, settings, { file, line: statement.line, optional: statement.optional });
    }
  }
}

/** Reads a file with all that it includes: `{ values, origins }`, both with the settings' names as keys. */
export function loadConfig(file, { source }) {
  const settings = new Map();
  collect(posix.normalize(file), [], source, settings, null);
  return resolveReferences(settings);
}
