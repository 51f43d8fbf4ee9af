// Which pixels a unit sees, and which units see a pixel: compared with trying all pairs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WHOLE, box, inset, onPhoto, placement, seeing, span, unitsSeeing } from '../../../cnnviz/ui/shared/field.js';

const axis = (size, stride, start, units, extent, ...seen) => ({ size, stride, start, units, extent, seen });

// As cnnviz gives them: of each layer of the bundled network, and of small networks of other kinds.
const AXES = {
  conv2d_1: axis(3, 1, 0, 148, 150, 0, 150),
  max_pooling2d_1: axis(4, 2, 0, 74, 150, 0, 150),
  conv2d_2: axis(8, 2, 0, 72, 150, 0, 150),
  max_pooling2d_2: axis(10, 4, 0, 36, 150, 0, 150),
  conv2d_3: axis(18, 4, 0, 34, 150, 0, 150),
  max_pooling2d_3: axis(22, 8, 0, 17, 150, 0, 150),
  conv2d_4: axis(38, 8, 0, 15, 150, 0, 150),
  'max_pooling2d_4, which drops the last pixels': axis(46, 16, 0, 7, 150, 0, 142),
  dense_1: axis(142, 0, 0, 1, 150, 0, 142),
  'a padded convolution': axis(5, 1, -2, 31, 31, 0, 31),
  'a padded convolution with stride': axis(7, 2, -3, 16, 31, 0, 31),
  'padding, of which some units see nothing': axis(3, 1, -4, 36, 30, 0, 30),
  'padding alone': axis(1, 1, -4, 38, 30, 0, 30),
  'cropping and a padded convolution': axis(3, 1, 2, 22, 30, 3, 25),
  'a stride that skips pixels': axis(2, 5, 0, 6, 30, 0, 27),
  'upsampling, whose units are taken together': axis(12, 0, 0, 20, 12, 0, 12),
  'a layer that resizes': axis(1, 1.25, 0.125, 24, 30, 0, 30),
  'a convolution after it': axis(6, 2.5, -0.375, 11, 30, 0, 30),
  'a dense layer behind padding': axis(37, 0, -3, 1, 31, 0, 31),
};
const PAIRS = [
  ['max_pooling2d_4, which drops the last pixels', 'a padded convolution with stride'],
  ['padding, of which some units see nothing', 'a stride that skips pixels'],
  ['upsampling, whose units are taken together', 'cropping and a padded convolution'],
  ['dense_1', 'conv2d_4'],
];

const range = (start, stop) => Array.from({ length: stop - start }, (_, index) => start + index);

for (const [name, each] of Object.entries(AXES)) {
  const { size, stride, start, units, extent, seen } = each;
  const pixels = range(-3, extent + 3); // some lie beside the picture

  test(`a unit sees its window as far as it lies on what is seen: ${name}`, () => {
    for (const unit of range(0, units)) {
      const window = range(Math.floor(start + unit * stride), Math.ceil(start + unit * stride + size));
      const expected = window.filter((pixel) => pixel >= seen[0] && pixel < seen[1]);
      const [first, last] = span(each, unit);
      assert.ok(seen[0] <= first && first <= last && last <= seen[1]);
      assert.deepEqual(range(first, last), expected);
    }
  });

  test(`a pixel is seen by the units whose window it lies in, and by no others: ${name}`, () => {
    for (const pixel of pixels) {
      const expected = range(0, units).filter((unit) => {
        const [first, last] = span(each, unit);
        return first <= pixel && pixel < last;
      });
      assert.deepEqual(range(...seeing(each, pixel)), expected, `pixel ${pixel}`);
    }
  });

  test(`each square of a map is centred on the window of its unit: ${name}`, () => {
    const { left, right, ...others } = placement({ rows: each, columns: each });
    assert.deepEqual(others, { top: left, bottom: right });
    if (stride === 0) assert.deepEqual([left, right], seen);
    else {
      const side = (right - left) / units;
      assert.equal(side, stride);
      for (const unit of range(0, units)) assert.equal(left + (unit + 0.5) * side, start + unit * stride + size / 2);
    }
  });
}

for (const [rows, columns] of PAIRS.map((names) => names.map((name) => AXES[name]))) {
  const field = { rows, columns };

  test(`units and pixels see each other in both directions: ${rows.extent} times ${columns.extent} pixels`, () => {
    const boxes = range(0, rows.units).map((row) => range(0, columns.units).map((column) => box(field, row, column)));
    for (const y of range(-1, rows.extent + 1)) {
      for (const x of range(-1, columns.extent + 1)) {
        const lit = unitsSeeing(field, x, y);
        const wrong = boxes.flat().findIndex(({ left, top, right, bottom }, index) => {
          const [row, column] = [Math.floor(index / columns.units), index % columns.units];
          const isLit = lit !== null && lit.top <= row && row < lit.bottom && lit.left <= column && column < lit.right;
          return isLit !== (left <= x && x < right && top <= y && y < bottom);
        });
        assert.equal(wrong, -1, `pixel ${x} ${y}, unit ${wrong}`);
        assert.ok(lit === null || (lit.bottom <= rows.units && lit.right <= columns.units));
      }
    }
  });
}

test('a unit at the border sees less', () => {
  const field = { rows: AXES['a padded convolution'], columns: AXES['a padded convolution'] };
  assert.deepEqual(box(field, 15, 15), { left: 13, top: 13, right: 18, bottom: 18 });
  assert.deepEqual(box(field, 0, 30), { left: 28, top: 0, right: 31, bottom: 3 });
});

test('a pixel that a pooling dropped is seen by no unit', () => {
  const columns = AXES['max_pooling2d_4, which drops the last pixels'];
  const field = { rows: columns, columns };
  assert.deepEqual(unitsSeeing(field, 141, 0), { left: 6, top: 0, right: 7, bottom: 1 });
  assert.equal(unitsSeeing(field, 142, 0), null);
  assert.equal(unitsSeeing(field, 0, 149), null);
});

test('CSS is told the distance from each edge of the frame: top, right, bottom, left', () => {
  assert.equal(inset({ left: 0, top: 0, right: 150, bottom: 100 }, 150, 100), '0% 0% 0% 0%');
  assert.equal(inset({ left: 15, top: 10, right: 135, bottom: 95 }, 150, 100), '10% 10% 5% 10%');
  assert.equal(inset({ left: -15, top: 0, right: 165, bottom: 100 }, 150, 100), '0% -10% 0% -10%');
  assert.equal(inset({ left: 1, top: 0, right: 2, bottom: 3 }, 3, 3), '0% 33.3333% 0% 33.3333%');
});

test('on a photo a box lies where the photo was cut out or put between bars, and ends with the photo', () => {
  const seen = { rows: 100, columns: 100 };
  const seenBox = { left: 20, top: 50, right: 60, bottom: 100 };
  assert.deepEqual(onPhoto(seenBox, seen, WHOLE), { left: 0.2, top: 0.5, right: 0.6, bottom: 1 });
  const cropped = { left: 0.25, top: 0, right: 0.75, bottom: 1 };
  assert.deepEqual(onPhoto(seenBox, seen, cropped), { left: 0.35, top: 0.5, right: 0.55, bottom: 1 });
  const padded = { left: 0, top: -0.5, right: 1, bottom: 1.5 };
  assert.deepEqual(onPhoto(seenBox, seen, padded), { left: 0.2, top: 0.5, right: 0.6, bottom: 1 });
});
