import { ConfigError } from './errors.js';

const SETTING = /^([A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*)\s*=\s*(.*)$/;
const INCLUDE = /^@include(\??)\s+(\S+)$/;

/**
 * The statements of a file: `{ kind: 'include', name, optional, line }` or `{ kind: 'set', key, text, line }`.
 */
export function parse(file, text) {
  const statements = [];
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = i + 1;
    const content = raw.replace(/(^|\s)#.*$/, '').trim();
    if (content === '') return;
    const include = INCLUDE.exec(content);
    if (include) {
      statements.push({ kind: 'include', name: include[2], optional: include[1] === '?', line });
      return;
    }
    const setting = SETTING.exec(content);
    if (!setting) throw new ConfigError(file, line, `cannot read ${JSON.stringify(content)}`);
    statements.push({ kind: 'set', key: setting[1], text: setting[2], line });
  });
  return statements;
}
