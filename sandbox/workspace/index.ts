/** The repository into the sandbox, and the tree out of it. */
export { applyToWorkTree, isInWorkTree } from './apply.ts';
export { bundleSingleCommit } from './bundle.ts';
export { type BundleHeader, readBundle } from './bundle-header.ts';
export { diffFile, diffStat, type FileChange } from './diff.ts';
export { END_OF_REPORT, type ExportReport, parseExport, unquotePath } from './export-report.ts';
export { type ExportScript, exportScript } from './export-script.ts';
export { fetchRepository } from './fetched.ts';
export { type Environment, GitError } from './git.ts';
export { type ImportScript, importScript, parseImport } from './import-script.ts';
export { LANDED_REF, type LandedBranch, type LandRequest, landBranch } from './land.ts';
export { type BaseEntry, listBase } from './list-base.ts';
export { type History, type KnownImport, makePack, type RepositoryPack } from './pack.ts';
export { bundleCommits, extractPack, openBundle } from './parcel.ts';
export { plainLine } from './plain-line.ts';
export {
  type CommitRange,
  patchOfChanges,
  type RangeChange,
  type RangeFile,
  readRange,
  readRangeFile,
} from './range.ts';
export { type ChangedFile, readChange, readCommitMessage } from './read-change.ts';
export { type ReceivedTree, type ReceiveRequest, receiveTree } from './receive.ts';
export { isBranchName } from './ref-name.ts';
export {
  type Fetch,
  fetchCommits,
  type Pushed,
  type PushRequest,
  pushWithLease,
  readRemoteDefaultBranch,
  readRemoteHead,
} from './remote.ts';
export { httpProblem, type RemoteAccess } from './remote-address.ts';
export { RemoteError, type RemoteErrorKind } from './remote-error.ts';
export {
  type BaseDescription,
  describeBase,
  inspectRepository,
  isAncestor,
  type ObjectFormat,
  type Repository,
  RepositoryError,
  type RepositoryErrorKind,
  readBase,
  readBaseFiles,
  readIdentity,
} from './repository.ts';
export type { WorkspacePaths } from './script-prelude.ts';
export { type CommitSource, makeSingleCommit } from './single-commit.ts';
export { snapshotChanges } from './snapshot.ts';
export { type Change, readStatus } from './status.ts';
export {
  type CommitPerson,
  createTrusted,
  type ObjectSource,
  openAt,
  openTrusted,
  readTrustedRef,
  setTrustedRef,
  type TrustedHead,
  type TrustedRepository,
  treeOf,
} from './trusted.ts';
