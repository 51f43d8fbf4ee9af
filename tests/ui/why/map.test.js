// Evidence maps: numbers become levels, places of the picture become cells.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cellOn, levelsOf, paletteOf, readValues, veilOf } from '../../../cnnviz/ui/why/map.js';

test('numbers arrive as they were sent', () => {
  const sent = Float32Array.from([0, -1.5, 3.25e-7, 1e30]);
  const text = Buffer.from(sent.buffer).toString('base64');
  assert.deepEqual([...readValues(text)], [...sent]);
});

test('zero has one level, and the limit the last one; class 0 goes the other way', () => {
  const values = [-2, 0, 1, 2];
  assert.deepEqual([...levelsOf(values, { limit: 2, isSigned: true, side: 1 })], [2, 128, 191, 254]);
  assert.deepEqual([...levelsOf(values, { limit: 2, isSigned: true, side: 0 })], [254, 128, 65, 2]);
  assert.deepEqual([...levelsOf(values, { limit: 2, isSigned: true, side: null })], [2, 128, 191, 254]);
  assert.deepEqual([...levelsOf([0, 1, 2], { limit: 2, isSigned: false, side: 0 })], [2, 128, 254]);
  assert.deepEqual([...levelsOf([0, 0], { limit: 0, isSigned: true, side: 1 })], [128, 128]);
});

test('two classes have their colours, more have those of for and against, and strength has its own', () => {
  assert.equal(paletteOf({ isSigned: true, side: 0 }), 'evidence');
  assert.equal(paletteOf({ isSigned: true, side: null }), 'signed');
  assert.equal(paletteOf({ isSigned: false, side: 1 }), 'strength');
});

test('a place of the picture belongs to the cell around it, or to the nearest', () => {
  const axis = { size: 6, stride: 4, start: 1, units: 4 }; // cells of four pixels, from pixel 2 to 17
  const cells = [0, 1.9, 2, 5.9, 6, 17.9, 18, 24].map((place) => cellOn(axis, place));
  assert.deepEqual(cells, [0, 0, 0, 0, 1, 3, 3, 3]);
  assert.equal(cellOn({ size: 9, stride: 0, start: 0, units: 1 }, 5), 0);
});

test('over the photo, each sign has one colour, and strength is opacity', () => {
  const palette = Uint32Array.from({ length: 256 }, (_, level) => 0xff000000 + level);
  const levels = (values, map) => veilOf(values, map, palette).map((pixel) => [pixel & 0xffffff, pixel >>> 24]);
  const values = Float32Array.from([-2, 0, 0.5, 2]);
  const [against, none, weak, strong] = levels(values, { limit: 2, isSigned: true, side: 1 });
  assert.deepEqual([against, none[1], weak, strong], [[34, 255], 0, [223, 128], [223, 255]]);
  assert.deepEqual(levels(values, { limit: 2, isSigned: true, side: 0 })[3], [34, 255]);
  assert.deepEqual(levels(values, { limit: 2, isSigned: false, side: 1 })[3], [191, 255]);
  assert.deepEqual(levels(Float32Array.of(0), { limit: 0, isSigned: true, side: 1 })[0][1], 0);
});
