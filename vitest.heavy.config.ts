import { defineConfig, mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** The suites that are too heavy for `npm test`, each behind a script of its own. */
export default mergeConfig(config, defineConfig({ test: { include: ['**/*.heavy.ts'], maxWorkers: 1 } }));
