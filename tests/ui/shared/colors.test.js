// Levels become colours.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { brightest, colorsOf, cssColor, levelOf, readPalette } from '../../../cnnviz/ui/shared/colors.js';
import { FIRST, LAST, Sheet, zeroLevel } from '../../../cnnviz/ui/shared/sheet.js';

const LIMITS = [4, 0, 10]; // channel 1 is silent
const make = (signed, columns) =>
  new Sheet(
    { signed, columns: 3, map: { rows: 1, columns }, limits: LIMITS },
    new Uint8Array(3 * columns),
    3 * columns,
  );
const SHEETS = [make(false, 2), make(true, 2)];
const LEVELS = Uint32Array.from({ length: 256 }, (_, level) => level); // a palette whose colours are their own indices
const drawn = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);

const BYTES = Uint8Array.from({ length: 3 * 256 }, (_, index) => (index * 97) % 256);
const PALETTE = readPalette(Buffer.from(BYTES).toString('base64'));

test('a palette is read as pixels that a canvas takes: red, green, blue, opaque', () => {
  assert.equal(PALETTE.length, 256);
  const canvas = new Uint8Array(PALETTE.buffer);
  for (let index = 0; index < 256; index += 1) {
    const color = BYTES.subarray(3 * index, 3 * index + 3);
    assert.deepEqual([...canvas.subarray(4 * index, 4 * index + 4)], [...color, 255]);
    assert.equal(cssColor(PALETTE[index]), `rgb(${color.join(' ')})`);
  }
});

test('the brightest colour stands for the most of the channel, of the layer or of all layers, or a part of it', () => {
  const [sheet] = SHEETS;
  assert.equal(brightest(sheet, 0, { scale: 'channel', fixed: 7, clip: 1 }), 4);
  assert.equal(brightest(sheet, 0, { scale: 'layer', fixed: 7, clip: 1 }), 10);
  assert.equal(brightest(sheet, 0, { scale: 'fixed', fixed: 7, clip: 1 }), 7);
  for (const scale of ['channel', 'layer', 'fixed']) {
    const whole = brightest(sheet, 2, { scale, fixed: 7, clip: 1 });
    assert.equal(brightest(sheet, 2, { scale, fixed: 7, clip: 0.5 }), whole / 2);
  }
});

test('single units are compared with each other, or each would be the brightest', () => {
  assert.equal(brightest(make(false, 1), 0, { scale: 'channel', fixed: 7, clip: 1 }), 10);
});

test('zero has the same colour at every limit, and a limit of zero is no trouble', () => {
  for (const zero of [zeroLevel(false), zeroLevel(true)]) {
    for (const limit of [0, Number.MIN_VALUE, 1e-30, 1, 1e30]) assert.equal(levelOf(0, limit, zero), zero);
    assert.equal(levelOf(5, 0, zero), zero);
    assert.equal(levelOf(5, Number.MIN_VALUE, zero), LAST);
  }
  for (const sheet of SHEETS) {
    for (const limit of [0, 1e-30, 1, 4, 1e30]) assert.equal(colorsOf(sheet, 0, limit, LEVELS)[sheet.zero], sheet.zero);
  }
});

test('what lies beyond the brightest is drawn like the brightest', () => {
  const levels = (zero) => [-9, -3, 3, 9].map((value) => levelOf(value, 3, zero));
  assert.deepEqual(levels(zeroLevel(false)), [FIRST, FIRST, LAST, LAST]);
  assert.deepEqual(levels(zeroLevel(true)), [FIRST, FIRST, LAST, LAST]);
});

test('a value and its opposite stand as far from zero', () => {
  const zero = zeroLevel(true);
  for (let value = 0; value < 5; value += 0.0123) assert.equal(levelOf(value, 4, zero) + levelOf(-value, 4, zero), 256);
});

test('at its own limit, each level of a channel has the colour of that level', () => {
  for (const sheet of SHEETS) {
    for (const channel of [0, 2]) {
      const colors = colorsOf(sheet, channel, LIMITS[channel], LEVELS);
      assert.deepEqual(Array.from(colors.subarray(FIRST, LAST + 1)), drawn);
    }
  }
});

test('at another limit, each level has the colour nearest to its share of that limit', () => {
  for (const sheet of SHEETS) {
    for (const factor of [0.01, 0.3, 0.5, 3, 40]) {
      const colors = colorsOf(sheet, 2, LIMITS[2] * factor, LEVELS);
      for (const level of drawn) {
        const ideal = Math.min(Math.max(sheet.zero + (level - sheet.zero) / factor, FIRST), LAST);
        assert.ok(Math.abs(colors[level] - ideal) <= 0.5001, `${factor} ${level}: ${colors[level]}`);
      }
    }
  }
});

test('a silent channel has the colour of zero, at any limit', () => {
  for (const sheet of SHEETS) {
    for (const limit of [0, 1])
      assert.deepEqual(new Set(colorsOf(sheet, 1, limit, PALETTE)), new Set([PALETTE[sheet.zero]]));
  }
});
