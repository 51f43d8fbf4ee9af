// All activations of a layer, read from one grey picture in which each is a pixel: a level from 2 to 254.

/** @import { LastStep, LayerSheet, Telling } from './values' */

import { context2d } from './dom.js';

export const [FIRST, LAST] = [2, 254];
const SIGNED_ZERO = 128;

// The level that stands for zero.
/** @param {boolean} signed */
export const zeroLevel = (signed) => (signed ? SIGNED_ZERO : FIRST);

export class Sheet {
  // `told` is what the server says of the picture; `pixels` are its levels, row by row, `width` in a row.
  /** @param {LayerSheet & { sum?: LastStep | null, telling?: Telling | null }} told @param {Uint8Array} pixels @param {number} width */
  constructor(told, pixels, width) {
    this.map = told.map;
    this.signed = told.signed;
    this.limits = told.limits;
    this.peaks = told.peaks;
    this.min = told.min;
    this.max = told.max;
    this.mean = told.mean;
    this.zero_share = told.zero_share;
    this.sum = told.sum ?? null;
    this.telling = told.telling ?? { values: [], num_photos: 0 };
    this.zero = zeroLevel(told.signed);
    const { rows, columns } = told.map;
    this.maps = told.limits.map((_, channel) => {
      const map = new Uint8Array(rows * columns);
      const [top, left] = [Math.floor(channel / told.columns) * rows, (channel % told.columns) * columns];
      for (let row = 0; row < rows; row += 1) {
        const start = (top + row) * width + left;
        map.set(pixels.subarray(start, start + columns), row * columns);
      }
      return map;
    });
  }

  get numChannels() {
    return this.maps.length;
  }

  // Whether its channels are single units, without places.
  get isSingle() {
    return this.map.rows * this.map.columns === 1;
  }

  // The activation of a unit, within 0.2% of its channel's range.
  /** @param {number} channel @param {number} row @param {number} column */
  value(channel, row, column) {
    const level = this.maps[channel][row * this.map.columns + column];
    return ((level - this.zero) / (LAST - this.zero)) * this.limits[channel];
  }

  /** @param {number} channel */
  isSilent(channel) {
    return this.limits[channel] === 0;
  }

  // Row and column of the unit with the largest activation.
  /** @param {number} channel @returns {[number, number]} */
  peak(channel) {
    return [Math.floor(this.peaks[channel] / this.map.columns), this.peaks[channel] % this.map.columns];
  }
}

// Fetches the picture of a layer and reads it. Its levels are numbers, no colours: nothing may adapt them to a screen.
/** @param {LayerSheet & { sum?: LastStep | null, telling?: Telling | null }} told */
export async function fetchSheet(told) {
  const response = await fetch(told.url);
  if (!response.ok) throw new Error(`${told.url}: ${response.status}`);
  /** @type {ImageBitmapOptions} */
  const options = { colorSpaceConversion: 'none', premultiplyAlpha: 'none' };
  const bitmap = await createImageBitmap(await response.blob(), options);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = context2d(canvas, { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data, width } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  bitmap.close();
  const levels = new Uint8Array(data.length / 4); // grey: red, green and blue are equal
  for (let index = 0; index < levels.length; index += 1) levels[index] = data[4 * index];
  return new Sheet(told, levels, width);
}
