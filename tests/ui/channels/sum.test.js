// The rows of the last step: they add up to the logit.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addUp } from '../../../cnnviz/ui/channels/sum.js';

const BIAS = -0.25;
// Like the units of a dense layer behind a ReLU: about half of them add nothing.
const dense = (number) =>
  Array.from({ length: number }, (_, unit) => (unit % 2 ? Math.sin(unit * unit) * 1.1 ** (unit % 37) : 0));
const SUMS = {
  'many units': dense(512),
  'few units': dense(6),
  'one unit': [2],
  'no units': [],
  'only zeros': [0, 0, -0],
  'all for': dense(99).map(Math.abs),
  'all against': dense(99).map((value) => -Math.abs(value)),
  'exactly as many as there are rows': [...Array(16).keys()].map((unit) => unit - 7.5),
  equals: Array(40).fill(0.5),
};

for (const [name, values] of Object.entries(SUMS)) {
  test(`the rows add up to the logit: ${name}`, () => {
    const rows = addUp(Object.freeze([...values]), BIAS);
    const logit = values.reduce((total, value) => total + value, BIAS);
    const total = rows.reduce((sum, { value }) => sum + value, 0);
    assert.ok(Math.abs(total - logit) <= 1e-9 * (1 + Math.abs(logit)), `${total} ${logit}`);

    const named = rows.filter(({ kind }) => kind === 'unit');
    assert.ok(named.every(({ unit, value }) => values[unit] === value));
    const silent = values.filter((value) => value === 0).length;
    const others = values.length - silent - named.length;
    const numbers = Object.entries({ others, silent }).filter(([, number]) => number > 0);
    assert.deepEqual(
      rows.slice(named.length).map(({ kind, number }) => [kind, number]),
      [...numbers, ['bias', undefined]],
    );
    assert.equal(new Set(named.map(({ unit }) => unit)).size, named.length);
  });

  test(`the strongest eight for and eight against are named: ${name}`, () => {
    const named = addUp(values, BIAS).flatMap(({ kind, value }) => (kind === 'unit' ? [value] : []));
    const sorted = values.filter((value) => value !== 0).toSorted((one, other) => other - one);
    const expected = [
      ...sorted.filter((value) => value > 0).slice(0, 8),
      ...sorted.filter((value) => value < 0).slice(-8),
    ];
    assert.deepEqual(named, expected);
  });
}

test('of two units there are no others', () => {
  assert.deepEqual(addUp([-2, 1], BIAS), [
    { kind: 'unit', unit: 1, value: 1 },
    { kind: 'unit', unit: 0, value: -2 },
    { kind: 'bias', value: BIAS },
  ]);
});

test('units that add nothing are only counted', () => {
  assert.deepEqual(addUp([0, 1, 0], BIAS), [
    { kind: 'unit', unit: 1, value: 1 },
    { kind: 'silent', number: 2, value: 0 },
    { kind: 'bias', value: BIAS },
  ]);
});
