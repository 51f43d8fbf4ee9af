// Levels become colours: a lookup, so that another colour map, scale or clipping needs nothing from the server.

/** @import { MapSize } from './values' */
/** @import { Sheet } from './sheet.js' */

import { FIRST, LAST, zeroLevel } from './sheet.js';

const OPAQUE = 0xff000000;

// Reads a palette: 256 RGB triples in base64 become 256 pixels as a canvas keeps them.
/** @param {string} text */
export function readPalette(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const [red, green, blue] = bytes.subarray(3 * index, 3 * index + 3);
    return (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

// The largest magnitude that is still told apart: of each channel, of the layer, or the same for all layers. Single
// units are compared with each other: each on its own would always be the brightest.
/**
 * @param {Sheet} sheet
 * @param {number} channel
 * @param {{ scale: 'channel' | 'layer' | 'fixed', fixed: number, clip: number }} settings
 */
export function brightest(sheet, channel, { scale, fixed, clip }) {
  const layer = Math.max(...sheet.limits);
  return { channel: sheet.isSingle ? layer : sheet.limits[channel], layer, fixed }[scale] * clip;
}

// The level at which a value is drawn if the brightest colour stands for `limit`.
/** @param {number} value @param {number} limit @param {number} zero */
export function levelOf(value, limit, zero) {
  const share = limit > 0 ? value / limit : 0;
  return Math.min(Math.max(Math.round(zero + share * (LAST - zero)), FIRST), LAST);
}

// The colour of each level of a channel.
/** @param {Sheet} sheet @param {number} channel @param {number} limit @param {Uint32Array} palette */
export function colorsOf(sheet, channel, limit, palette) {
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const value = ((level - sheet.zero) / (LAST - sheet.zero)) * sheet.limits[channel];
    return palette[levelOf(value, limit, sheet.zero)];
  });
}

// Draws a channel's map, one pixel for each unit.
/**
 * @param {any} canvas
 * @param {Sheet} sheet
 * @param {number} channel
 * @param {number} limit
 * @param {Uint32Array} palette
 */
export function paint(canvas, sheet, channel, limit, palette) {
  const [colors, map] = [colorsOf(sheet, channel, limit, palette), sheet.maps[channel]];
  draw(canvas, sheet.map, (index) => colors[map[index]]);
}

// Draws a channel's map minus the same channel's of another photo.
/**
 * @param {any} canvas
 * @param {Sheet} sheet
 * @param {Sheet} other
 * @param {number} channel
 * @param {number} limit
 * @param {Uint32Array} palette
 */
export function paintDifference(canvas, sheet, other, channel, limit, palette) {
  const [zero, { columns }] = [zeroLevel(true), sheet.map];
  draw(canvas, sheet.map, (index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const difference = sheet.value(channel, row, column) - other.value(channel, row, column);
    return palette[levelOf(difference, limit, zero)];
  });
}

/** @param {any} canvas @param {MapSize} map @param {(index: number) => number} colorAt */
function draw(canvas, { rows, columns }, colorAt) {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext('2d');
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = colorAt(index);
  context.putImageData(image, 0, 0);
}

// How a colour is written in CSS.
/** @param {number} pixel */
export const cssColor = (pixel) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
