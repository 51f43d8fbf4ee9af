// The tiles of a layer: a button for each channel, with its map. They are made once per layer and then only painted,
// moved or hidden, so that thousands of them stay quick.

/** @import { Edges } from '../shared/part' */
/** @import { Sheet } from '../shared/sheet.js' */
/** @import { ChannelsWords } from '../shared/values' */

import { levelOf, paint, cssColor } from '../shared/colors.js';
import { cellAt, make } from '../shared/dom.js';
import { fill, share, short } from '../shared/numbers.js';
import { fitMap } from '../shared/sizes.js';

const [WIDE, MIDDLE, SMALL] = [148, 72, 24]; // pixels of the screen that a tile may be wide
const [FEW, SOME] = [32, 256];

export class Tiles {
  /** @param {Found} element @param {ChannelsWords} words */
  constructor(element, words) {
    this.element = element;
    this.words = words;
    this.width = 0; // pixels of CSS of each
    /** @type {Sheet} */
    this.sheet = /** @type {any} */ (null); // until it is there
    /** @type {Found[]} */
    this.buttons = [];
    /** @type {number[]} */
    this.shown = [];
  }

  // Makes the tiles of another layer.
  /** @param {Sheet} sheet @param {string} unit */
  build(sheet, unit) {
    this.sheet = sheet;
    this.buttons = Array.from({ length: sheet.numChannels }, (_, channel) => {
      const button = make('button', '', 'tile');
      button.type = 'button';
      button.dataset.channel = channel;
      button.tabIndex = -1;
      const values = { unit, channel, max: short(sheet.max[channel]), zeros: share(sheet.zero_share[channel]) };
      button.dataset.label = fill(sheet.isSilent(channel) ? this.words.tile_silent : this.words.tile, values);
      const picture = make(sheet.isSingle ? 'span' : 'canvas', '', 'picture');
      button.append(picture, make('span', '', 'strength'), make('small'));
      return button;
    });
    this.element.setAttribute('aria-label', fill(this.words.tiles, { unit }));
    this.resize();
  }

  // Gives each unit a whole number of the screen's pixels, or shrinks maps that are wider than there is room.
  resize() {
    if (!this.sheet) return;
    const { rows, columns } = this.sheet.map;
    const number = this.sheet.numChannels;
    const wanted = number <= FEW ? WIDE : number <= SOME ? MIDDLE : SMALL;
    const room = Math.max(this.element.clientWidth, 1);
    const { width, crisp } = fitMap(columns, wanted, room);
    this.width = width;
    this.element.style.setProperty('--gap', wanted === MIDDLE ? '6px' : '2px'); // numbers need some room
    this.element.style.setProperty('--width', `${width}px`);
    this.element.style.setProperty('--height', `${(width * rows) / columns}px`);
    this.element.style.setProperty('--rendering', crisp ? 'pixelated' : 'auto');
    this.element.classList.toggle('tiny', width < 40);
  }

  // Paints what may have changed: the sheet, colours, brightness, order, captions. `limitOf` gives the largest magnitude
  // that is told apart; `units` what single units are coloured by, if not by their activations.
  /**
   * @param {Sheet} sheet
   * @param {number[]} channels
   * @param {(channel: number) => number} limitOf
   * @param {Uint32Array} palette
   * @param {(channel: number) => string} captionOf
   * @param {{ value: (unit: number) => number, zero: number } | null} units
   */
  paint(sheet, channels, limitOf, palette, captionOf, units = null) {
    const largest = Math.max(...sheet.limits);
    this.sheet = sheet;
    this.shown = channels;
    for (const channel of channels) {
      const [picture, strength, caption] = this.buttons[channel].children;
      const silent = sheet.isSilent(channel);
      picture.classList.toggle('silent', silent);
      picture.style.background = '';
      if (!sheet.isSingle && silent) {
        picture.width = 1; // empty, so that its hatching shows
      } else if (!sheet.isSingle) {
        paint(picture, sheet, channel, limitOf(channel), palette);
      } else if (!silent) {
        const [value, zero] = units ? [units.value(channel), units.zero] : [sheet.value(channel, 0, 0), sheet.zero];
        picture.style.background = cssColor(palette[levelOf(value, limitOf(channel), zero)]);
      }
      const length = largest ? sheet.limits[channel] / largest : 0;
      strength.style.width = `${100 * length}%`;
      strength.classList.toggle('faint', length > 0 && length < 0.01);
      caption.textContent = captionOf(channel);
    }
    this.arrange(channels);
  }

  // Puts the tiles in order; what has the focus keeps it, and one can always be reached by the Tab key.
  /** @param {number[]} channels */
  arrange(channels) {
    const focused = /** @type {Found | null} */ (document.activeElement);
    this.element.replaceChildren(...channels.map((channel) => this.buttons[channel]));
    if (focused?.classList.contains('tile') && this.element.contains(focused)) focused.focus({ preventScroll: true });
    if (!channels.some((channel) => this.buttons[channel].tabIndex === 0) && channels.length) {
      this.buttons[channels[0]].tabIndex = 0;
    }
  }

  // Marks the channels that are switched off. A press opens a channel, or switches it while that is chosen.
  /** @param {Set<number>} off @param {boolean} isSwitching */
  strike(off, isSwitching) {
    this.buttons.forEach((button, channel) => {
      const isOff = off.has(channel);
      button.classList.toggle('off', isOff);
      button.setAttribute('aria-label', isOff ? `${button.dataset.label}${this.words.tile_off}` : button.dataset.label);
      if (isSwitching) button.setAttribute('aria-pressed', String(isOff));
      else button.removeAttribute('aria-pressed');
      button.ariaHasPopup = isSwitching ? null : 'dialog';
    });
  }

  // Marks the tile of a channel that was looked for; null for none.
  /** @param {number | null} channel */
  find(channel) {
    for (const button of this.element.querySelectorAll('.found')) button.classList.remove('found');
    if (channel === null) return;
    this.buttons[channel].classList.add('found');
    this.buttons[channel].scrollIntoView({ block: 'nearest' });
  }

  // Lights the same units up in every tile; null for all of them again.
  /** @param {Edges | null} units */
  light(units) {
    this.element.classList.toggle('lit', units !== null);
    if (units === null) return;
    const side = this.width / this.sheet.map.columns;
    const edges = { '--x0': units.left, '--x1': units.right, '--y0': units.top, '--y1': units.bottom };
    for (const [name, unit] of Object.entries(edges)) this.element.style.setProperty(name, `${unit * side}px`);
  }

  // The channel whose tile has the focus or the pointer, and the unit at a point of the window.
  /** @param {any} event */
  at(event) {
    const button = event.target.closest('.tile');
    if (!button) return null;
    const channel = Number(button.dataset.channel);
    const area = button.firstElementChild.getBoundingClientRect();
    const { rows, columns } = this.sheet.map;
    const row = cellAt(event.clientY - area.top, area.height, rows);
    return { channel, row, column: cellAt(event.clientX - area.left, area.width, columns) };
  }

  /** @param {number} channel */
  focus(channel) {
    const button = this.buttons[channel];
    if (!button?.isConnected) return;
    for (const other of this.element.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }

  // The channel that stands beside another in a direction: [across, down].
  /** @param {number} channel @param {[number, number]} direction */
  neighbour(channel, [across, down]) {
    const position = this.shown.indexOf(channel);
    const tops = this.shown.map((each) => this.buttons[each].offsetTop);
    const perRow = Math.max(
      tops.findIndex((top) => top !== tops[0]),
      1,
    );
    const inRow = tops.every((top) => top === tops[0]) ? tops.length : perRow;
    const next = position + across + down * inRow;
    return this.shown[next] ?? channel;
  }
}
