// The picture that the network saw: what a unit sees is drawn on it as a box, and pointing at it tells which units see
// that place.

import { inset } from './field.js';

export class Sight {
  constructor(element, reading) {
    this.frame = element.querySelector('.frame');
    this.image = this.frame.querySelector('img');
    this.box = this.frame.querySelector('.box');
    this.reading = reading;
  }

  // Shows another photo, of so many rows and columns for the network.
  show({ url, rows, columns }) {
    this.image.src = url;
    this.size = { rows, columns };
  }

  // Draws what a unit sees; null for nothing.
  mark(box) {
    this.box.hidden = box === null;
    if (box !== null) this.box.style.inset = inset(box, this.size.columns, this.size.rows);
  }

  say(text) {
    this.reading.textContent = text;
  }

  // The pixel of the network's picture at a point of the window.
  at(event) {
    const area = this.image.getBoundingClientRect();
    const place = (part, whole, pixels) => Math.min(Math.max(Math.floor((part / whole) * pixels), 0), pixels - 1);
    return {
      x: place(event.clientX - area.left, area.width, this.size.columns),
      y: place(event.clientY - area.top, area.height, this.size.rows),
    };
  }
}
