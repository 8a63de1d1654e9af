/** A formula cannot be read; `position` counts characters from 0. */
export class SyntaxProblem extends Error {
  constructor(message: string, readonly position: number) {
    super(`${message} (at ${position})`);
    this.name = 'SyntaxProblem';
  }
}

/** A formula cannot be evaluated with these values. */
export class EvaluationProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EvaluationProblem';
  }
}
