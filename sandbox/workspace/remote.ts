/** The way to a git remote over HTTP: the only place where git on the host talks to another machine. */

/** Where a remote is, and what opens it. The token is a secret: it goes to git in its environment, never in an argument or a file. */
export type RemoteAccess = { url: string; token: string | null };
