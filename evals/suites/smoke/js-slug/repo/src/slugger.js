import { slugify } from './slugify.js';

/** A function that gives the slugs of one site. */
export function slugger() {
  return (title) => slugify(title);
}
