// Curves of how far to trust a map.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { points } from '../../../cnnviz/ui/why/trust.js';

test('a curve runs from the left to the right, and upwards with the probability', () => {
  assert.equal(points([0, 0.5, 1], [1, 0.25, 0]), '0.0,0.0 80.0,60.0 160.0,80.0');
});
