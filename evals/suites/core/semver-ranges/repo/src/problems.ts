export class VersionProblem extends Error {
  constructor(text: string) {
    super(`not a version: ${JSON.stringify(text)}`);
    this.name = 'VersionProblem';
  }
}

export class RangeProblem extends Error {
  constructor(readonly range: string, detail: string) {
    super(`not a range: ${JSON.stringify(range)}: ${detail}`);
    this.name = 'RangeProblem';
  }
}

/** No version of a package suits all who want it. */
export class ConflictProblem extends Error {
  constructor(readonly packageName: string, readonly demands: readonly string[]) {
    super(`no version of ${packageName} suits all: ${demands.join(', ')}`);
    this.name = 'ConflictProblem';
  }
}
