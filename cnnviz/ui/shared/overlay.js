// Lays a map over a picture: each of its cells is centred on what the unit sees; what no unit sees stays clear.

/** @import { Edges } from './part' */
/** @import { Field, MapSize } from './values' */

import { placement } from './field.js';

// `map` is a canvas with one pixel for each unit; `seen` has the rows and columns of the network's picture; what it is
// laid over is shown `width` and `height` pixels large, and `frame` tells where the network's picture lies on it.
/**
 * @param {any} canvas
 * @param {OffscreenCanvas} map
 * @param {Field} field
 * @param {MapSize} seen
 * @param {{ width: number, height: number }} size
 * @param {Edges} frame
 */
export function layOver(canvas, map, field, seen, { width, height }, frame) {
  const density = window.devicePixelRatio;
  Object.assign(canvas, { width: Math.round(width * density), height: Math.round(height * density) });
  const place = placement(field);
  /** @param {[number, number]} ends @param {number} number @param {number} extent @param {[number, number]} frame */
  const edges = ([from, to], number, extent, [start, end]) =>
    Array.from({ length: number + 1 }, (_, index) => {
      const pixel = from + ((to - from) * index) / number;
      return Math.round(start + (pixel * (end - start)) / extent);
    });
  const [w, h] = [canvas.width, canvas.height];
  const xs = edges([place.left, place.right], map.width, seen.columns, [frame.left * w, frame.right * w]);
  const ys = edges([place.top, place.bottom], map.height, seen.rows, [frame.top * h, frame.bottom * h]);
  const wide = new OffscreenCanvas(canvas.width, map.height); // to the sides first, then up and down: cell by cell is slow
  const [across, down] = [wide, canvas].map((each) => each.getContext('2d'));
  across.imageSmoothingEnabled = down.imageSmoothingEnabled = false;
  for (let column = 0; column < map.width; column += 1) {
    const [left, right] = [xs[column], xs[column + 1]];
    across.drawImage(map, column, 0, 1, map.height, left, 0, right - left, map.height);
  }
  for (let row = 0; row < map.height; row += 1) {
    const [top, bottom] = [ys[row], ys[row + 1]];
    down.drawImage(wide, 0, row, wide.width, 1, 0, top, wide.width, bottom - top);
  }
}
