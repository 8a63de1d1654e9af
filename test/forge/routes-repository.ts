/** The repository, its refs and files, who may do what, and the checks of its commits. */
import { createHash } from 'node:crypto';
import { type Answer, type Call, notFound, Refusal, type Route } from './call.ts';
import type { Operation } from './operations.ts';
import { ROLES, type Role } from './state.ts';
import { checkView, repositoryView, statusView, userView } from './views.ts';

/** The roles that GitHub had first; the others count as one of these. */
const PLAIN: Record<Role, string> = {
  ...{ none: 'none', read: 'read', triage: 'read', write: 'write', maintain: 'write', admin: 'admin' },
};

function permission(call: Call): Answer {
  const login = call.params.username ?? '';
  const user = call.state.users.find((one) => one.login.toLowerCase() === login.toLowerCase());
  if (user === undefined) throw new Refusal(404, `${login} is not a user`);
  const role = ROLES.indexOf(user.role);
  const has = (least: Role) => role >= ROLES.indexOf(least);
  const permissions = {
    ...{ admin: has('admin'), maintain: has('maintain'), push: has('write'), triage: has('triage'), pull: has('read') },
  };
  const view = { ...userView(call.view, user.login), permissions, role_name: user.role };
  return { status: 200, json: { permission: PLAIN[user.role], role_name: user.role, user: view } };
}

function branch(call: Call): Answer {
  const name = call.params.branch ?? '';
  const sha = call.view.refs.get(`refs/heads/${name}`);
  if (sha === undefined) throw new Refusal(404, 'Branch not found');
  return { status: 200, json: { name, commit: { sha }, protected: false } };
}

function ref(call: Call): Answer {
  const name = `refs/${call.params.ref}`;
  const sha = call.view.refs.get(name);
  if (sha === undefined) throw notFound();
  return { status: 200, json: { ref: name, node_id: '', object: { type: 'commit', sha } } };
}

async function contents(call: Call): Promise<Answer> {
  const path = call.params.path ?? '';
  const commit = await call.refs.resolve(call.query.get('ref') ?? call.state.defaultBranch);
  const text = commit === null ? null : await call.refs.file(commit, path);
  if (text === null) throw notFound();
  if (/\braw\b/.test(call.accept)) return { status: 200, headers: { 'content-type': 'text/plain' }, text };
  const bytes = Buffer.from(text);
  // GitHub breaks Base64 into lines.
  const content = bytes.toString('base64').replace(/.{60}/g, '$&\n');
  const sha = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const name = path.split('/').at(-1);
  return { status: 200, json: { type: 'file', encoding: 'base64', size: bytes.length, name, path, content, sha } };
}

async function commitAt(call: Call): Promise<string> {
  const name = call.params.ref ?? '';
  const commit = await call.refs.resolve(name);
  if (commit === null) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return commit;
}

/** The newest of each name and app, unless all are asked for. */
async function checkRuns(call: Call): Promise<Answer> {
  const sha = await commitAt(call);
  const { query } = call;
  const own = call.state.checks.filter((check) => check.sha === sha).reverse();
  const newest = own.filter(
    (check, at) => own.findIndex((one) => one.name === check.name && one.app === check.app) === at,
  );
  const views = (query.get('filter') === 'all' ? own : newest)
    .map((check) => checkView(call.view, check))
    .filter((view) => query.get('check_name') === null || view.name === query.get('check_name'))
    .filter((view) => query.get('status') === null || view.status === query.get('status'));
  return { list: views, wrap: (page, total) => ({ total_count: total, check_runs: page }) };
}

/** The one state that GitHub makes of a commit's statuses; without any it is `pending`. */
async function combinedStatus(call: Call): Promise<Answer> {
  const sha = await commitAt(call);
  const own = call.state.statuses.filter((status) => status.sha === sha).reverse();
  const newest = own.filter((status, at) => own.findIndex((one) => one.context === status.context) === at);
  const has = (...states: string[]) => newest.some((status) => states.includes(status.state));
  const state = has('error', 'failure') ? 'failure' : newest.length === 0 || has('pending') ? 'pending' : 'success';
  return {
    list: newest.map((status) => statusView(call.view, status)),
    wrap: (page, total) => ({
      ...{ state, statuses: page, sha, total_count: total, repository: repositoryView(call.view) },
    }),
  };
}

/** GitHub sends whoever asks to another host, where the log is plain text for a short time. */
function logs(call: Call): Answer {
  const check = call.state.checks.find((one) => one.id === Number(call.params.job_id));
  if (check === undefined || check.log === null) throw notFound();
  return { status: 302, headers: { location: `${call.blobs}/logs/${check.id}` }, text: '' };
}

export const REPOSITORY_ROUTES = {
  'GET /user': (call) => {
    if (call.login.endsWith('[bot]')) throw new Refusal(403, 'Resource not accessible by integration');
    return { status: 200, json: userView(call.view, call.login) };
  },
  'GET /repos/{owner}/{repo}': (call) => ({ status: 200, json: repositoryView(call.view) }),
  'GET /repos/{owner}/{repo}/branches/{branch}': branch,
  'GET /repos/{owner}/{repo}/git/ref/{ref}': ref,
  'GET /repos/{owner}/{repo}/contents/{path}': contents,
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': permission,
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': checkRuns,
  'GET /repos/{owner}/{repo}/commits/{ref}/status': combinedStatus,
  'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs': logs,
} satisfies Partial<Record<Operation, Route>>;
