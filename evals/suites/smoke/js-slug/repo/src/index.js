export { slugger } from './slugger.js';
export { slugify } from './slugify.js';
