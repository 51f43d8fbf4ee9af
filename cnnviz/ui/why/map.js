// One evidence map: its values, and how it is drawn, raw or over the photo. A cell can be pointed at.

/** @import { Edges } from '../shared/part' */
/** @import { FieldAxis, MapFacts, MapSize, WhyValue, WhyWords } from '../shared/values' */

import { levelOf } from '../shared/colors.js';
import { cellAt, context2d, isShortcut, make } from '../shared/dom.js';
import { WHOLE, box, inset, onPhoto, placement } from '../shared/field.js';
import { fill, signed, short } from '../shared/numbers.js';
import { layOver } from '../shared/overlay.js';
import { zeroLevel } from '../shared/sheet.js';

const STRONG = 0.75; // share of the way to the strongest colour, as the strongest are dark
const ROOM = 300; // pixels of the screen that a map may be wide and high
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @typedef {MapFacts & { limit: number, isSigned: boolean }} ToldMap */

// Reads float32 numbers in base64.
/** @param {string} text */
export function readValues(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

// The palette's index of each value. Of two classes, orange is class 0 and purple class 1, whichever is spoken for.
/** @param {Float32Array | number[]} values @param {Pick<ToldMap, 'limit' | 'isSigned' | 'side'>} map */
export function levelsOf(values, { limit, isSigned, side }) {
  const direction = isSigned && side === 0 ? -1 : 1;
  return Uint8Array.from(values, (value) => levelOf(direction * value, limit, zeroLevel(isSigned)));
}

// What is laid over the photo: one colour each for what speaks for and against; the more a value stands out, the more
// opaque it is, by the square root of its share of the limit.
/**
 * @param {Float32Array} values
 * @param {Pick<ToldMap, 'limit' | 'isSigned' | 'side'>} map
 * @param {Uint32Array} palette
 */
export function veilOf(values, { limit, isSigned, side }, palette) {
  const direction = isSigned && side === 0 ? -1 : 1;
  return [...values].map((value) => {
    const color = palette[levelOf(STRONG * direction * Math.sign(value), 1, zeroLevel(isSigned))];
    const opacity = Math.round(255 * Math.sqrt(limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0));
    return ((opacity << 24) | (color & 0xffffff)) >>> 0;
  });
}

/** @param {Edges} edges */
const coversAll = ({ left, top, right, bottom }) => left <= 0 && top <= 0 && right >= 1 && bottom >= 1;

// The name of the palette.
/** @param {Pick<ToldMap, 'isSigned' | 'side'>} map */
export const paletteOf = ({ isSigned, side }) => (isSigned ? (side === null ? 'signed' : 'evidence') : 'strength');

export class EvidenceMap {
  // `told` is what the server says of it, with `limit` and `isSigned` of all maps beside it.
  /** @param {ToldMap} told @param {Record<string, Uint32Array>} palettes @param {WhyWords} words */
  constructor(told, palettes, words) {
    this.told = told;
    this.words = words;
    this.values = readValues(told.values);
    this.view = 'raw';
    /** @type {MapSize} */
    this.seen = told;
    this.onPicture = WHOLE; // where the network's picture lies on what is shown
    const palette = palettes[paletteOf(told)];
    this.pixels = this.paint([...levelsOf(this.values, told)].map((level) => palette[level]));
    this.veil = this.paint(veilOf(this.values, told, palette)); // over the photo
    this.element = make('figure');
    this.frame = make('div', '', 'frame');
    this.photo = make('img');
    this.canvas = make('canvas');
    this.box = make('span', '', 'box');
    this.reading = make('p', '', 'reading');
    this.reading.setAttribute('aria-live', 'polite');
    const caption = make('figcaption', told.text);
    this.photo.alt = '';
    this.rim = make('span', '', 'rim');
    this.frame.append(this.photo, this.canvas, this.rim, this.box);
    this.element.append(make('h4', told.title), this.frame, this.reading, caption);
    /** @type {[number, number]} */
    this.unit = [0, 0];
    this.isPointed = false;
    this.follow();
  }

  /** @param {number[]} colors */
  paint(colors) {
    const canvas = new OffscreenCanvas(this.told.columns, this.told.rows);
    const context = context2d(canvas);
    const image = context.createImageData(this.told.columns, this.told.rows);
    new Uint32Array(image.data.buffer).set(colors);
    context.putImageData(image, 0, 0);
    return canvas;
  }

  follow() {
    this.frame.tabIndex = 0;
    this.frame.setAttribute('role', 'application');
    this.frame.setAttribute('aria-label', fill(this.words.map_label, this.told));
    this.frame.addEventListener('pointermove', (event) => this.point(this.unitAt(event)));
    this.frame.addEventListener('pointerdown', (event) => this.point(this.unitAt(event)));
    this.frame.addEventListener('pointerleave', ({ pointerType }) => pointerType !== 'touch' && this.point(null));
    this.frame.addEventListener('blur', () => this.point(null));
    this.frame.addEventListener('keydown', (event) => {
      if (isShortcut(event) || !(event.key in ARROWS)) return;
      const [row, column] = this.unit;
      const [down, across] = this.isPointed ? ARROWS[event.key] : [0, 0];
      /** @type {[number, number]} */
      const next = [row + down, column + across];
      if (next[0] >= 0 && next[0] < this.told.rows && next[1] >= 0 && next[1] < this.told.columns) this.point(next);
      event.preventDefault();
    });
    this.point(null);
  }

  // Draws it: `view` is "raw", "seen" or "photo"; `room` is how wide it may be.
  /** @param {{ view: string, opacity: number }} how @param {WhyValue} photo @param {number} room */
  draw({ view, opacity }, { seen, photo }, room) {
    const isOtherView = view !== this.view;
    this.view = view;
    this.seen = seen;
    this.onPicture = view === 'photo' ? photo.frame : WHOLE;
    const isRaw = view === 'raw';
    const picture = isRaw ? this.told : view === 'photo' ? { columns: photo.width, rows: photo.height } : seen;
    const { size, isWhole } = sizeIn(picture, Math.min(room, ROOM));
    for (const part of [this.photo, this.canvas]) {
      Object.assign(part.style, { width: `${size.width}px`, height: `${size.height}px` });
      part.style.imageRendering = isWhole ? 'pixelated' : 'auto';
    }
    this.photo.hidden = isRaw;
    this.photo.src = view === 'photo' ? photo.url : seen.url;
    this.canvas.style.opacity = String(isRaw ? 1 : opacity);
    this.frame.classList.toggle('raw', isRaw);
    this.frame.classList.toggle('empty', this.told.isEmpty);
    if (isRaw) {
      Object.assign(this.canvas, { width: this.told.columns, height: this.told.rows });
      this.canvas.getContext('2d').drawImage(this.pixels, 0, 0);
    } else layOver(this.canvas, this.veil, this.told.field, seen, size, this.onPicture);
    const covered = onPhoto(placement(this.told.field), seen, this.onPicture);
    this.rim.hidden = isRaw || this.told.isEmpty || coversAll(covered);
    this.rim.style.inset = inset(covered, 1, 1);
    if (isOtherView && this.isPointed) this.point(this.unit); // its box lies elsewhere now
  }

  /** @param {any} event @returns {[number, number]} */
  unitAt(event) {
    const area = this.canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    const { rows, columns, field } = this.told;
    if (this.view === 'raw') return [cellAt(y, 1, rows), cellAt(x, 1, columns)];
    const { left, top, right, bottom } = this.onPicture;
    const [down, across] = [(y - top) / (bottom - top), (x - left) / (right - left)];
    return [cellOn(field.rows, down * this.seen.rows), cellOn(field.columns, across * this.seen.columns)];
  }

  // Tells a cell's value, and shows what it saw; null for none.
  /** @param {[number, number] | null} unit */
  point(unit) {
    this.isPointed = unit !== null;
    this.box.hidden = unit === null;
    this.reading.textContent = '\u00a0';
    if (unit === null) return;
    this.unit = unit;
    const [row, column] = unit;
    const { rows, columns, field, isSigned } = this.told;
    const value = this.values[row * columns + column];
    this.reading.textContent = fill(this.words.reading, { row, column, value: (isSigned ? signed : short)(value) });
    const cell = { left: column, top: row, right: column + 1, bottom: row + 1 };
    this.box.style.inset =
      this.view === 'raw'
        ? inset(cell, columns, rows)
        : inset(onPhoto(box(field, row, column), this.seen, this.onPicture), 1, 1);
  }
}

// The unit whose cell a place of the picture lies in, or the nearest.
/** @param {FieldAxis} axis @param {number} place */
export function cellOn({ size, stride, start, units }, place) {
  const side = stride || size;
  const cell = Math.floor((place - start - (size - side) / 2) / side);
  return Math.min(Math.max(cell, 0), units - 1);
}

// How large a picture is shown: enlarged by a whole factor, or shrunk to what there is room for.
/** @param {MapSize} picture @param {number} room */
export function sizeIn({ columns, rows }, room) {
  const longer = Math.max(columns, rows);
  const density = window.devicePixelRatio;
  const factor = Math.floor((room * density) / longer) / density;
  const scale = factor || room / longer;
  return { size: { width: columns * scale, height: rows * scale }, isWhole: factor > 0 };
}
