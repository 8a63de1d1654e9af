/** Skills: what a user and a project have written down about how to do some kind of work. */
export { chooseSkills, recordOf, renderSkills, type SessionSkills, withoutList } from './choose.ts';
export { filesOf, keptSkills, loadAgain, placeOnHost } from './place.ts';
export { PROJECT_SKILL_FOLDERS, projectSkills } from './project.ts';
export type { FoundSkills } from './skill.ts';
export { userSkills } from './user.ts';
