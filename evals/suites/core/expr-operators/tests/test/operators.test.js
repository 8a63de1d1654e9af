const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { EvaluationProblem, SyntaxProblem, compile, evaluate } = require('../build/index.js');

describe('power', () => {
  test('is grouped from the right', () => {
    assert.equal(evaluate('2 ^ 3 ^ 2'), 512);
    assert.equal(evaluate('4 ^ 3 ^ 0 ^ 5'), 4);
    assert.equal(evaluate('(2 ^ 3) ^ 2'), 64);
  });

  test('binds more than a sign before it', () => {
    assert.equal(evaluate('-2 ^ 2'), -4);
    assert.equal(evaluate('3 - -2 ^ 4'), 19);
    assert.equal(evaluate('(-2) ^ 2'), 4);
    assert.equal(evaluate('--3 ^ 2'), 9);
  });

  test('takes an exponent with a sign', () => {
    assert.equal(evaluate('2 ^ -1'), 0.5);
    assert.equal(evaluate('2 ^ -1 * 4'), 2);
    assert.equal(evaluate('-2 ^ -2'), -0.25);
    assert.equal(evaluate('2 ^ -2 ^ 2'), 0.0625);
  });

  test('binds more than times', () => {
    assert.equal(evaluate('2 * 3 ^ 2 * 2'), 36);
    assert.equal(evaluate('-x * y ^ 2', { x: 3, y: 2 }), -12);
  });
});

describe('signs', () => {
  test('bind more than times and plus', () => {
    assert.equal(evaluate('-2 * 3 + 1'), -5);
    assert.equal(evaluate('7 % -4'), 3);
    assert.equal(evaluate('!a && b', { a: true, b: false }), false);
    assert.equal(evaluate('!a == b', { a: true, b: false }), true);
  });
});

describe('comparing', () => {
  test('less and greater bind more than equal', () => {
    assert.equal(evaluate('1 < 2 == 3 < 4'), true);
    assert.equal(evaluate('true == 1 < 2'), true);
    assert.equal(evaluate('1 > 2 != 3 > 2'), true);
    assert.equal(evaluate('a == b >= c', { a: false, b: 1, c: 2 }), true);
  });

  test('equal is grouped from the left', () => {
    assert.equal(evaluate('1 == 2 == false'), true);
    assert.equal(evaluate('2 == 2 != false'), true);
  });

  test('values of different kinds are never equal', () => {
    assert.equal(evaluate("1 == '1'"), false);
    assert.equal(evaluate("true != 'true'"), true);
  });
});

describe('choices', () => {
  test('are grouped from the right', () => {
    const grade = "p >= 90 ? 'A' : p >= 80 ? 'B' : p >= 70 ? 'C' : 'D'";
    assert.deepEqual([95, 85, 75, 10].map((p) => evaluate(grade, { p })), ['A', 'B', 'C', 'D']);
  });

  test('may stand between ? and :', () => {
    const source = 'a ? b ? 1 : 2 : 3';
    assert.equal(evaluate(source, { a: true, b: true }), 1);
    assert.equal(evaluate(source, { a: true, b: false }), 2);
    assert.equal(evaluate(source, { a: false, b: false }), 3);
  });

  test('evaluate one branch only', () => {
    assert.equal(evaluate('n == 0 ? 0 : 10 / n', { n: 0 }), 0);
    assert.equal(evaluate('n == 0 ? 10 / n : 5', { n: 2 }), 5);
    assert.equal(evaluate("known ? missing : 'none'", { known: false }), 'none');
  });

  test('need a condition that is true or false', () => {
    assert.throws(() => evaluate('1 ? 2 : 3'), EvaluationProblem);
  });

  test('that are not complete cannot be read', () => {
    for (const [source, position] of [['a ? b', 5], ['a ? : c', 4], ['a ? b : ', 8], ['a ? b : c : d', 10]]) {
      assert.throws(() => compile(source), (error) => error instanceof SyntaxProblem && error.position === position, source);
    }
  });
});

describe('and, or', () => {
  test('do not evaluate what they do not need', () => {
    assert.equal(evaluate('n != 0 && 10 / n > 1', { n: 0 }), false);
    assert.equal(evaluate('n == 0 || 10 / n > 1', { n: 0 }), true);
    assert.equal(evaluate('false && nope(1) || true'), true);
  });

  test('evaluate what they need', () => {
    assert.throws(() => evaluate('true && missing'), EvaluationProblem);
    assert.throws(() => evaluate('false || 1 / 0 > 1'), EvaluationProblem);
  });

  test('need true or false on both sides', () => {
    assert.throws(() => evaluate('true && 1'), EvaluationProblem);
    assert.throws(() => evaluate("false || 'x'"), EvaluationProblem);
    assert.throws(() => evaluate('0 || true'), EvaluationProblem);
  });

  test('and binds more than or', () => {
    assert.equal(evaluate('true || false && false'), true);
    assert.equal(evaluate('(true || false) && false'), false);
  });

  test('names of what is not evaluated are told all the same', () => {
    assert.deepEqual(compile('a || b && (c ? d : e)').names, ['a', 'b', 'c', 'd', 'e']);
  });
});
