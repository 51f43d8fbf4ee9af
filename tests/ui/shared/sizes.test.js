// How large maps are drawn.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fitMap } from '../../../cnnviz/ui/shared/sizes.js';

test('each unit gets as many whole pixels of the screen as there is room for', () => {
  for (const ratio of [1, 1.5, 2, 3]) {
    for (let columns = 1; columns < 100; columns += 7) {
      const { width, crisp } = fitMap(columns, 148, 200, ratio);
      const pixels = (width * ratio) / columns;
      assert.ok(Math.abs(pixels - Math.round(pixels)) < 1e-9 && pixels >= 1);
      assert.ok(width <= 148 && width + columns / ratio > 148);
      assert.equal(crisp, true);
    }
  }
});

test('a map that is wider than its room is shrunk to it, and not crisp', () => {
  assert.deepEqual(fitMap(148, 148, 114, 1), { width: 114, crisp: false });
  assert.deepEqual(fitMap(148, 148, 148, 1), { width: 148, crisp: true });
  assert.deepEqual(fitMap(148, 148, 114, 2), { width: 74, crisp: true });
});
