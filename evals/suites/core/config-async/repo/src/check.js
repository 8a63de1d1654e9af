import { ConfigError } from './errors.js';
import { loadConfig } from './load.js';

/** The problems of several entry files, in their order, as `{ entry, message }`; an empty list if there are none. */
export function checkConfig(entries, { source, required = [] }) {
  const problems = [];
  for (const entry of entries) {
    try {
      const { values } = loadConfig(entry, { source });
      for (const name of required) {
        if (!Object.hasOwn(values, name)) problems.push({ entry, message: `${entry}: the setting ${name} is missing` });
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push({ entry, message: error.message });
    }
  }
  return problems;
}
