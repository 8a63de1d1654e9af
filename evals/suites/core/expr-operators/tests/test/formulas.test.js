const assert = require('node:assert/strict');
const { test } = require('node:test');
const { EvaluationProblem, SyntaxProblem, compile, evaluate } = require('../build/index.js');

test('arithmetic', () => {
  assert.equal(evaluate('1 + 2 * 3'), 7);
  assert.equal(evaluate('(1 + 2) * 3'), 9);
  assert.equal(evaluate('10 - 2 - 3'), 5);
  assert.equal(evaluate('2 ^ 10'), 1024);
  assert.equal(evaluate('-3 + .5e1'), 2);
});

test('values and functions', () => {
  assert.equal(evaluate('price * (1 + tax / 100)', { price: 20, tax: 50 }), 30);
  assert.equal(evaluate('max(1, abs(x), 3)', { x: -7 }), 7);
  assert.equal(evaluate("len('it''s')"), 4);
});

test('logic', () => {
  assert.equal(evaluate('1 < 2 && !(3 == 4)'), true);
  assert.equal(evaluate("x ? 'yes' : 'no'", { x: false }), 'no');
  assert.equal(evaluate("'a' + 'b' == 'ab'"), true);
});

test('names', () => {
  assert.deepEqual(compile('b + max(a, b) > 0 ? c : d').names, ['a', 'b', 'c', 'd']);
});

test('formulas that cannot be read', () => {
  for (const [source, position] of [['1 +', 3], ['(1', 2], ['1 2', 2], ['a $ b', 2], ['max(1,)', 6]]) {
    assert.throws(() => evaluate(source), (error) => error instanceof SyntaxProblem && error.position === position, source);
  }
});

test('formulas that cannot be evaluated', () => {
  for (const source of ['x', '1 / 0', "1 + 'a'", 'nope(1)', 'abs(1, 2)', '!1', '1 && true']) {
    assert.throws(() => evaluate(source), EvaluationProblem, source);
  }
});
