// Receptive fields: which pixels of the picture a unit sees, and which units see a pixel.

/** @import { Edges } from './part' */
/** @import { Field, FieldAxis, MapSize } from './values' */

// The first pixel that a unit sees along an axis, and one past the last.
/** @param {FieldAxis} axis @param {number} unit */
export function span({ size, stride, start, seen: [low, high] }, unit) {
  const first = start + unit * stride; // fractions, where a layer resized: a unit sees every pixel that its field touches
  const [top, bottom] = [Math.floor(first), Math.ceil(first + size)];
  return [Math.min(Math.max(top, low), high), Math.max(Math.min(bottom, high), low)];
}

// What a unit sees: edges in pixels of the picture; right and bottom are the first not seen.
/** @param {Field} field @param {number} row @param {number} column @returns {Edges} */
export function box({ rows, columns }, row, column) {
  const [[top, bottom], [left, right]] = [span(rows, row), span(columns, column)];
  return { left, top, right, bottom };
}

// The units that see a pixel along an axis: the first, and one past the last.
/** @param {FieldAxis} axis @param {number} pixel */
export function seeing({ size, stride, start, units, seen: [low, high] }, pixel) {
  const last = Math.ceil(start + (units - 1) * stride + size);
  if (pixel < Math.max(low, Math.floor(start)) || pixel >= Math.min(high, last)) return [0, 0];
  if (stride === 0) return [0, units];
  const first = Math.max(Math.floor((pixel - size - start) / stride) + 1, 0);
  return [first, Math.max(Math.min(Math.ceil((pixel + 1 - start) / stride), units), first)];
}

// The units that see a pixel of the picture: edges in rows and columns of the map; null if none does.
/** @param {Field} field @param {number} x @param {number} y @returns {Edges | null} */
export function unitsSeeing({ rows, columns }, x, y) {
  const [[top, bottom], [left, right]] = [seeing(rows, y), seeing(columns, x)];
  return top < bottom && left < right ? { left, top, right, bottom } : null;
}

// Where a map lies on the picture if each of its squares is centred on what the unit sees: edges in pixels. Units that
// all see the same lie over it side by side.
/** @param {Field} field @returns {Edges} */
export function placement({ rows, columns }) {
  /** @param {FieldAxis} axis */
  const along = ({ size, stride, start, units, seen }) => {
    const first = start + (size - stride) / 2;
    return stride ? [first, first + stride * units] : seen;
  };
  const [[top, bottom], [left, right]] = [along(rows), along(columns)];
  return { left, top, right, bottom };
}

// Where a picture of the network lies on itself: edges as shares of its width and height.
/** @type {Edges} */
export const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 };

// The same place on a photo: edges as shares of its width and height, of what lies on it. `frame` tells where the
// network's whole picture, of so many rows and columns, lies on the photo.
/** @param {Edges} box @param {MapSize} seen @param {Edges} frame @returns {Edges} */
export function onPhoto({ left, top, right, bottom }, { rows, columns }, frame) {
  /** @param {number} from @param {number} to @param {number} share */
  const along = (from, to, share) => Math.min(Math.max(from + (to - from) * share, 0), 1);
  const [x, y] = [along.bind(null, frame.left, frame.right), along.bind(null, frame.top, frame.bottom)];
  return { left: x(left / columns), top: y(top / rows), right: x(right / columns), bottom: y(bottom / rows) };
}

// Distances from the edges of a frame, as CSS's `inset` has them.
/** @param {Edges} box @param {number} width @param {number} height */
export function inset({ left, top, right, bottom }, width, height) {
  /** @param {number} share */
  const percent = (share) => `${Number((100 * share).toFixed(4))}%`;
  return [top / height, 1 - right / width, 1 - bottom / height, left / width].map(percent).join(' ');
}
