// The channels of a layer on two photos: of each its map on the first, on the second, and the difference.

/** @import { Sheet } from '../shared/sheet.js' */
/** @import { ComparisonWords, PairAnswer } from '../shared/values' */

import { cssColor, levelOf, paint, paintDifference } from '../shared/colors.js';
import { cellAt, make } from '../shared/dom.js';
import { writeLink } from '../shared/link.js';
import { fill, short, signed } from '../shared/numbers.js';
import { zeroLevel } from '../shared/sheet.js';
import { fitMap } from '../shared/sizes.js';

const [WIDE, SINGLE] = [148, 32]; // pixels of the screen that a map may be wide
const GAPS = 4; // pixels, as in comparison.css

/**
 * What the server tells, with the sheets of both photos.
 * @typedef {Omit<PairAnswer, 'first' | 'second'> & { unit: string, first: Sheet, second: Sheet }} Pair
 */

export class Pairs {
  /** @param {Found} element @param {ComparisonWords} words @param {Record<string, Uint32Array>} palettes */
  constructor(element, words, palettes) {
    this.element = element;
    this.words = words;
    this.palettes = palettes;
    /** @type {Pair} */
    this.pair = /** @type {any} */ (null); // until it is there
    element.addEventListener('pointermove', (event) => event.pointerType !== 'touch' && this.read(event));
    element.addEventListener('pointerout', ({ target }) => this.tellMeans(target.closest('.pair')));
  }

  // Forgets what is shown; its room is kept, so that nothing jumps.
  clear() {
    this.pair = /** @type {any} */ (null);
    this.element.style.minHeight = `${this.element.offsetHeight}px`;
    this.element.replaceChildren();
  }

  // Shows channels of a layer, in this order: `pair` is what the server tells, with the sheets of both photos; `values`
  // are what the channels are ranked by, and `describe` says of one what it stands for.
  /** @param {Pair} pair @param {number[]} channels @param {(channel: number) => string} describe */
  show(pair, channels, describe) {
    this.pair = pair;
    this.element.style.minHeight = '';
    this.element.classList.toggle('singles', pair.first.isSingle);
    this.element.replaceChildren(...channels.map((channel) => this.entry(channel, describe(channel))));
    this.resize();
    for (const entry of this.element.children) this.draw(entry, Number(entry.dataset.channel));
  }

  /** @param {number} channel @param {string} text */
  entry(channel, text) {
    const { layer, unit, first } = this.pair;
    const entry = make('li', '', 'pair');
    entry.dataset.channel = channel;
    const link = make('a', '', 'closer');
    link.href = writeLink(location.search, { layer, channel });
    const maps = make('span', '', 'maps');
    maps.append(...this.words.columns.map(() => make(first.isSingle ? 'span' : 'canvas', '', 'picture')));
    const about = make('span', '', 'about');
    about.append(make('b', fill(this.words.title, { unit, channel })), make('span', text, 'text'));
    about.append(...this.words.columns.map(() => make('span', '', 'number')));
    link.append(maps, about);
    entry.append(link);
    entry.dataset.text = text;
    this.tellMeans(entry);
    return entry;
  }

  resize() {
    if (!this.pair) return;
    const { first } = this.pair;
    const card = this.element.firstElementChild?.clientWidth ?? 0;
    const room = Math.max((card - 2 * GAPS) / 3, 1);
    const { rows, columns } = first.map;
    const { width, crisp } = fitMap(columns, first.isSingle ? SINGLE : WIDE, Math.min(room, WIDE));
    this.element.style.setProperty('--width', `${width}px`);
    this.element.style.setProperty('--height', `${(width * rows) / columns}px`);
    this.element.style.setProperty('--rendering', crisp ? 'pixelated' : 'auto');
  }

  // The largest magnitude that both maps show, and the largest difference that there could then be. Single units are
  // compared with each other: each on its own would always be the brightest.
  /** @param {number} channel */
  limits(channel) {
    const sheets = [this.pair.first, this.pair.second];
    const limit = Math.max(...sheets.flatMap(({ limits, isSingle }) => (isSingle ? limits : limits[channel])));
    return [limit, this.pair.first.signed ? 2 * limit : limit];
  }

  /** @param {Found} entry @param {number} channel */
  draw(entry, channel) {
    const { first, second } = this.pair;
    const [limit, furthest] = this.limits(channel);
    const palette = this.palettes[first.signed ? 'signed' : 'magma'];
    const pictures = [...entry.querySelectorAll('.picture')];
    const silent = [first, second].map((sheet) => sheet.isSilent(channel));
    silent.push(silent.every(Boolean));
    pictures.forEach((picture, index) => picture.classList.toggle('silent', silent[index]));
    if (first.isSingle) {
      const values = this.valuesAt(channel, 0, 0);
      const levels = [first.zero, first.zero, zeroLevel(true)].map((zero, index) =>
        levelOf(values[index], index < 2 ? limit : furthest, zero),
      );
      pictures.forEach((picture, index) => {
        const colors = index < 2 ? palette : this.palettes.signed;
        if (!silent[index]) picture.style.background = cssColor(colors[levels[index]]);
      });
      return;
    }
    if (!silent[0]) paint(pictures[0], first, channel, limit, palette);
    if (!silent[1]) paint(pictures[1], second, channel, limit, palette);
    if (!silent[2]) paintDifference(pictures[2], second, first, channel, furthest, this.palettes.signed);
  }

  // The values of a unit: on the first photo, on the second, and the difference.
  /** @param {number} channel @param {number} row @param {number} column */
  valuesAt(channel, row, column) {
    const [first, second] = [this.pair.first, this.pair.second].map((sheet) => sheet.value(channel, row, column));
    return [first, second, second - first];
  }

  // Writes three values, and what they stand for.
  /** @param {Found} entry @param {number[]} values @param {string} text */
  tell(entry, values, text) {
    entry.querySelector('.text').textContent = text;
    entry.querySelectorAll('.number').forEach((number, index) => {
      const value = index < 2 ? short(values[index]) : signed(values[index]);
      number.replaceChildren(make('span', this.words.columns[index], 'quiet'), ` ${value}`);
    });
  }

  /** @param {Found | null} entry */
  tellMeans(entry) {
    if (!entry || !this.pair) return;
    const [first, second] = [this.pair.first, this.pair.second].map(({ mean }) => mean[entry.dataset.channel]);
    this.tell(entry, [first, second, second - first], entry.dataset.text);
  }

  // Tells the values of the units under the pointer.
  /** @param {any} event */
  read(event) {
    const picture = event.target.closest('.picture');
    if (!picture || this.pair.first.isSingle) return;
    const entry = picture.closest('.pair');
    const area = picture.getBoundingClientRect();
    const { rows, columns } = this.pair.first.map;
    const row = cellAt(event.clientY - area.top, area.height, rows);
    const column = cellAt(event.clientX - area.left, area.width, columns);
    const values = this.valuesAt(Number(entry.dataset.channel), row, column);
    this.tell(entry, values, fill(this.words.place, { row, column }));
  }
}
