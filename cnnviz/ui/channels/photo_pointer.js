// The picture that the network saw: what a unit sees is drawn on it as a box, and pointing at it tells which units see
// that place.

/** @import { Edges } from '../shared/part' */
/** @import { SeenPicture } from '../shared/values' */

import { cellAt } from '../shared/dom.js';
import { inset } from '../shared/field.js';

const STEP = 5; // pixels

export class Sight {
  /** @param {Found} element */
  constructor(element) {
    this.frame = element.querySelector('.frame');
    this.image = this.frame.querySelector('img');
    this.box = this.frame.querySelector('.box');
    this.reading = element.querySelector('.reading');
    this.size = { rows: 0, columns: 0 };
    this.place = { x: 0, y: 0 }; // the pixel that was pointed at last
  }

  // Shows another photo, of so many rows and columns for the network.
  /** @param {SeenPicture} seen */
  show({ url, rows, columns }) {
    this.image.src = url;
    this.size = { rows, columns };
    this.place = { x: Math.floor(columns / 2), y: Math.floor(rows / 2) };
  }

  // Draws what a unit sees; null for nothing.
  /** @param {Edges | null} box */
  mark(box) {
    this.box.hidden = box === null;
    if (box !== null) this.box.style.inset = inset(box, this.size.columns, this.size.rows);
  }

  /** @param {string} text */
  say(text) {
    this.reading.textContent = text;
  }

  // The pixel of the network's picture at a point of the window.
  /** @param {any} event */
  at(event) {
    const area = this.image.getBoundingClientRect();
    this.place = {
      x: cellAt(event.clientX - area.left, area.width, this.size.columns),
      y: cellAt(event.clientY - area.top, area.height, this.size.rows),
    };
    return this.place;
  }

  // The pixel some way from the last one in a direction: [across, down].
  /** @param {[number, number]} direction */
  step([across, down]) {
    const { columns, rows } = this.size;
    this.place = {
      x: Math.min(Math.max(this.place.x + STEP * across, 0), columns - 1),
      y: Math.min(Math.max(this.place.y + STEP * down, 0), rows - 1),
    };
    return this.place;
  }
}
