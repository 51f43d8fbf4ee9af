// Where the points of the curve lie.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { places } from '../../../cnnviz/ui/learned/curve.js';

test('the first moment is at the left, the last one at the right, and certainty at the top', () => {
  assert.deepEqual(places([0, 0.5, 1]), [
    [0, 100],
    [50, 50],
    [100, 0],
  ]);
});

test('a single moment stands in the middle', () => {
  assert.deepEqual(places([0.25]), [[50, 75]]);
});
