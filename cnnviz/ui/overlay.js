// Lays a map over a picture: each of its cells is centred on what the unit sees; what no unit sees stays clear.

import { placement } from './field.js';

// `map` is a canvas with one pixel for each unit; `seen` has the rows and columns of the network's picture; the picture
// is shown `width` and `height` pixels large.
export function layOver(canvas, map, field, seen, { width, height }) {
  const density = window.devicePixelRatio;
  Object.assign(canvas, { width: Math.round(width * density), height: Math.round(height * density) });
  const place = placement(field);
  const edges = (from, to, number, factor) =>
    Array.from({ length: number + 1 }, (_, index) => Math.round((from + ((to - from) * index) / number) * factor));
  const xs = edges(place.left, place.right, map.width, canvas.width / seen.columns);
  const ys = edges(place.top, place.bottom, map.height, canvas.height / seen.rows);
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  for (let row = 0; row < map.height; row += 1) {
    for (let column = 0; column < map.width; column += 1) {
      const [x, y] = [xs[column], ys[row]];
      context.drawImage(map, column, row, 1, 1, x, y, xs[column + 1] - x, ys[row + 1] - y);
    }
  }
}
