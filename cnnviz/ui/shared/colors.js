// Levels become colours: a lookup, so that another colour map, scale or clipping needs nothing from the server.

import { FIRST, LAST, zeroLevel } from './sheet.js';

const OPAQUE = 0xff000000;

// Reads a palette: 256 RGB triples in base64 become 256 pixels as a canvas keeps them.
export function readPalette(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const [red, green, blue] = bytes.subarray(3 * index, 3 * index + 3);
    return (OPAQUE | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

// The largest magnitude that is still told apart: of each channel, of the layer, or the same for all layers. Single
// units are compared with each other: each on its own would always be the brightest.
export function brightest(sheet, channel, { scale, fixed, clip }) {
  const layer = Math.max(...sheet.limits);
  return { channel: sheet.isSingle ? layer : sheet.limits[channel], layer, fixed }[scale] * clip;
}

// The level at which a value is drawn if the brightest colour stands for `limit`.
export function levelOf(value, limit, zero) {
  const share = limit > 0 ? value / limit : 0;
  return Math.min(Math.max(Math.round(zero + share * (LAST - zero)), FIRST), LAST);
}

// The colour of each level of a channel.
export function colorsOf(sheet, channel, limit, palette) {
  return Uint32Array.from({ length: 256 }, (_, level) => {
    const value = ((level - sheet.zero) / (LAST - sheet.zero)) * sheet.limits[channel];
    return palette[levelOf(value, limit, sheet.zero)];
  });
}

// Draws a channel's map, one pixel for each unit.
export function paint(canvas, sheet, channel, limit, palette) {
  const [colors, map] = [colorsOf(sheet, channel, limit, palette), sheet.maps[channel]];
  draw(canvas, sheet.map, (index) => colors[map[index]]);
}

// Draws a channel's map minus the same channel's of another photo.
export function paintDifference(canvas, sheet, other, channel, limit, palette) {
  const [zero, { columns }] = [zeroLevel(true), sheet.map];
  draw(canvas, sheet.map, (index) => {
    const place = [Math.floor(index / columns), index % columns];
    const difference = sheet.value(channel, ...place) - other.value(channel, ...place);
    return palette[levelOf(difference, limit, zero)];
  });
}

function draw(canvas, { rows, columns }, colorAt) {
  if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext('2d');
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = colorAt(index);
  context.putImageData(image, 0, 0);
}

// How a colour is written in CSS.
export const cssColor = (pixel) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
