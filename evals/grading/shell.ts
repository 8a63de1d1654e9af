/** Tests that are scripts: processes of their own, which what they test cannot reach into. */
import { shellQuote } from '../../sandbox/index.ts';
import { parseTap } from '../parsers/tap.ts';
import type { Runner } from './runner.ts';

/** Each file prints TAP. What it does not report is missing; that it fails although no test of it did is a failure of its own. */
export const tap: Runner = {
  configuration: [],
  calls: (files) =>
    files.map((file) => ({
      files: [],
      command: `bash ${shellQuote(file)}`,
      report: null,
      parse: (text, exitCode) => {
        const reports = parseTap(text).map(({ name, status }) => ({ name: `${file} > ${name}`, status }));
        const silent = exitCode !== 0 && reports.every(({ status }) => status !== 'failed');
        return silent ? [...reports, { name: `${file} > (exit code)`, status: 'failed' as const }] : reports;
      },
      canaries: null,
    })),
};

/** Each file is a test: it passes when it ends with 0, and is skipped with 77, as Automake has it. */
export const script: Runner = {
  configuration: [],
  calls: (files) =>
    files.map((file) => ({
      files: [],
      command: `bash ${shellQuote(file)}`,
      report: null,
      parse: (_text, exitCode) => [
        { name: file, status: exitCode === 0 ? 'passed' : exitCode === 77 ? 'skipped' : 'failed' },
      ],
      canaries: null,
    })),
};
