// In which order channels stand, and which of them are shown.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { COMPUTED, rank } from '../../../cnnviz/ui/channels/ranking.js';

// Frozen: sorting in place would throw.
const SHEET = Object.freeze({
  numChannels: 5,
  mean: Object.freeze([9, 10, 10, 0, -2]),
  max: Object.freeze([9, 1, 2, 0, 2]),
  zero_share: Object.freeze([0.5, 0.1, 0.5, 1, 0]),
  telling: Object.freeze({ values: [0.5, 0.75, 0.5, 0.5, 0.8] }),
  isSilent: (channel) => channel === 3,
});
const VALUES = { effects: Object.freeze([-10, 2, 10, 0, -9]), gray: Object.freeze([0.2, 0.9, 0.2, 0, 1]) };
const INDEX = [0, 1, 2, 3, 4];
const EXPECTED = {
  index: INDEX,
  mean: [1, 2, 0, 3, 4],
  max: [0, 2, 4, 1, 3],
  zeros: [3, 0, 2, 1, 4],
  effects: [0, 2, 4, 1, 3], // by size, whether for or against
  gray: [4, 1, 0, 2, 3],
  telling: [4, 1, 0, 2, 3],
};

for (const [order, expected] of Object.entries(EXPECTED)) {
  test(`ordered by ${order}, the largest stands first, and of equals the lower index`, () => {
    assert.deepEqual(rank(SHEET, { order, hideSilent: false }, VALUES[order]), expected);
  });

  test(`ordered by ${order}, silent channels can be left out`, () => {
    const expectedActive = expected.filter((channel) => channel !== 3);
    assert.deepEqual(rank(SHEET, { order, hideSilent: true }, VALUES[order]), expectedActive);
  });
}

test('until its numbers are computed, an order is that of the indices', () => {
  assert.deepEqual(COMPUTED, Object.keys(VALUES));
  for (const order of COMPUTED) {
    assert.deepEqual(rank(SHEET, { order, hideSilent: false }, undefined), INDEX);
    assert.deepEqual(rank(SHEET, { order, hideSilent: true }, undefined), [0, 1, 2, 4]);
  }
});

test('if all channels are silent, none is left', () => {
  assert.deepEqual(rank({ ...SHEET, isSilent: () => true }, { order: 'mean', hideSilent: true }), []);
});
