// Pictures that came side by side in one file, each by itself.

/** @import { TileRow } from './values' */

import { make } from './dom.js';

// Makes the pictures, which have to be put into the given element: it holds what they are cut from.
/** @param {Found} element @param {TileRow} row */
export function cutRow(element, { src, width, height, number }) {
  element.style.setProperty('--row', `url("${src}")`);
  element.style.setProperty('--width', `${width}px`);
  element.style.setProperty('--height', `${height}px`);
  return Array.from({ length: number }, (_, index) => {
    const picture = make('span', '', 'picture');
    picture.style.backgroundPosition = `${-index * width}px 0`;
    return picture;
  });
}
