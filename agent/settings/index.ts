/** Settings: what a run is told, layer by layer. */
export { deliveryOf, derive, resumedLimits, unknownPrice } from './derive.ts';
export { environmentLayer } from './environment.ts';
export { SettingsError } from './errors.ts';
export { modelFor, withKey } from './keys.ts';
export { type Layer, nameIn, type Origins, type Resolved, resolveSettings } from './layers.ts';
export {
  PROJECT_FILE,
  projectLayer,
  projectLayerOf,
  readConfigurationLayer,
  readUserLayer,
  userFile,
  userFolder,
  withProject,
} from './read.ts';
export {
  kebab,
  RESUME_SETTINGS,
  SECTIONS,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  settingsSchema,
} from './schema.ts';
export { ageMs, byteSize, count, durationMs, room } from './values.ts';
export { yamlContent } from './yaml-content.ts';
