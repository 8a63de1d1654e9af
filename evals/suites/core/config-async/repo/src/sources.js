import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a folder. */
export function fileSource(folder) {
  return {
    read(name) {
      try {
        return readFileSync(join(folder, name), 'utf8');
      } catch (error) {
        if (error.code === 'ENOENT') return null;
        throw error;
      }
    },
  };
}

/** An object with names as keys and texts as values. */
export function memorySource(files) {
  return {
    read(name) {
      return Object.hasOwn(files, name) ? files[name] : null;
    },
  };
}

/** The first of several sources that has the file. */
export function layeredSource(sources) {
  return {
    read(name) {
      for (const source of sources) {
        const text = source.read(name);
        if (text !== null) return text;
      }
      return null;
    },
  };
}
