// Finding something in a menu by typing.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { firstWith } from '../../../cnnviz/ui/shared/menu.js';

const OPTIONS = [
  { value: 'hound', label: '3%' },
  { value: 'dog', label: 'Most probable' },
  { value: 'conv_dog', label: 'Conv2D · 8×8×4 · Block 3' },
];

test('a name that begins with the text comes first, then one that has it, then what is said of one', () => {
  assert.equal(firstWith('DO', OPTIONS)?.value, 'dog');
  assert.equal(firstWith('_dog', OPTIONS)?.value, 'conv_dog');
  assert.equal(firstWith(' block 3 ', OPTIONS)?.value, 'conv_dog');
  assert.equal(firstWith('cat', OPTIONS), undefined);
});
