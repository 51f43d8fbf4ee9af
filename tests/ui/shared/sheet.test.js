// Activations read from the grey picture of a layer.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FIRST, LAST, Sheet, zeroLevel } from '../../../cnnviz/ui/shared/sheet.js';

const MAP = { rows: 2, columns: 3 };
const NUM_UNITS = MAP.rows * MAP.columns;
const LIMITS = [4, 1e-3, 0, 2e5, 1]; // channel 2 is silent

const units = LIMITS.flatMap((_, channel) =>
  Array.from({ length: NUM_UNITS }, (__, unit) => [channel, Math.floor(unit / MAP.columns), unit % MAP.columns]),
);

// Activations that reach each channel's limit, at another unit for each.
function activations(signed) {
  return LIMITS.map((limit, channel) =>
    Array.from({ length: NUM_UNITS }, (_, unit) => {
      const share = unit === channel ? 1 : Math.sin(7 * channel + 3 * unit);
      return limit * (signed ? share : Math.abs(share));
    }),
  );
}

// A picture as cnnviz.result.sheet draws it, with levels as cnnviz.drawing.palette.quantize gives them; places without a map are 0.
function draw(maps, columns, signed) {
  const width = columns * MAP.columns;
  const pixels = new Uint8Array(width * MAP.rows * Math.ceil(maps.length / columns));
  const zero = signed ? 128 : 2;
  for (const [channel, row, column] of units) {
    const share = maps[channel][row * MAP.columns + column] / (LIMITS[channel] || 1);
    const down = Math.floor(channel / columns) * MAP.rows + row;
    pixels[down * width + (channel % columns) * MAP.columns + column] = Math.trunc(share * (254 - zero) + zero + 0.5);
  }
  const peaks = maps.map((map) => map.indexOf(Math.max(...map)));
  return new Sheet({ signed, columns, map: MAP, limits: LIMITS, peaks }, pixels, width);
}

for (const signed of [false, true]) {
  const maps = activations(signed);
  const kind = signed ? 'of either sign' : 'from zero up';

  for (const columns of [1, 2, 3, 5]) {
    test(`activations ${kind} are read back within half a level, ${columns} maps in a row`, () => {
      const sheet = draw(maps, columns, signed);
      assert.equal(sheet.numChannels, LIMITS.length);
      for (const [channel, row, column] of units) {
        const error = sheet.value(channel, row, column) - maps[channel][row * MAP.columns + column];
        const level = LIMITS[channel] / (LAST - zeroLevel(signed));
        assert.ok(Math.abs(error) <= 0.5001 * level, `${channel} ${row} ${column}: ${error}`);
      }
    });
  }

  test(`the peak of a channel ${kind} is the unit that reads its limit`, () => {
    const sheet = draw(maps, 2, signed);
    LIMITS.forEach((limit, channel) => assert.equal(sheet.value(channel, ...sheet.peak(channel)), limit));
    assert.deepEqual(sheet.peak(4), [1, 1]);
  });

  test(`a silent channel ${kind} reads zero everywhere`, () => {
    const sheet = draw(maps, 2, signed);
    assert.deepEqual(
      LIMITS.map((_, channel) => sheet.isSilent(channel)),
      [false, false, true, false, false],
    );
    for (const [channel, row, column] of units) if (channel === 2) assert.equal(sheet.value(channel, row, column), 0);
  });
}

test('zero has a level of its own: the lowest, or the middle if there is something below it', () => {
  assert.equal(zeroLevel(false), FIRST);
  assert.equal(zeroLevel(true), (FIRST + LAST) / 2);
});

test('the maps of a layer of single units are one pixel each', () => {
  const told = { signed: false, columns: 2, map: { rows: 1, columns: 1 }, limits: [1, 1, 1], peaks: [0, 0, 0] };
  const sheet = new Sheet(told, Uint8Array.of(2, 128, 254, 0), 2);
  assert.deepEqual(
    [0, 1, 2].map((channel) => sheet.value(channel, 0, 0)),
    [0, 0.5, 1],
  );
  assert.deepEqual(sheet.peak(2), [0, 0]);
});
