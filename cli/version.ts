/** Drydock's version, from package.json: read in a checkout, baked into the bundle. */
import manifest from '../package.json' with { type: 'json' };

export const VERSION = manifest.version;
