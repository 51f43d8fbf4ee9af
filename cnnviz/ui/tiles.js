// The tiles of a layer: a button for each channel, with its map. They are made once per layer and then only painted,
// moved or hidden, so that thousands of them stay quick.

import { brightest, levelOf, paint, cssColor } from './colors.js';
import { short, percent, fill } from './numbers.js';

const [WIDE, MIDDLE, SMALL] = [148, 72, 24]; // pixels of the screen that a tile may be wide
const [FEW, SOME] = [32, 256];

export class Tiles {
  constructor(element, words) {
    this.element = element;
    this.words = words;
    this.buttons = [];
    this.shown = [];
  }

  // Makes the tiles of another layer.
  build(sheet, unit) {
    this.sheet = sheet;
    const canvasNeeded = sheet.map.rows * sheet.map.columns > 1;
    this.buttons = Array.from({ length: sheet.numChannels }, (_, channel) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'tile';
      button.dataset.channel = channel;
      button.tabIndex = -1;
      const values = { unit, channel, max: short(sheet.max[channel]), zeros: percent(sheet.zero_share[channel]) };
      const text = sheet.isSilent(channel) ? this.words.tile_silent : this.words.tile;
      button.setAttribute('aria-label', fill(text, values));
      const picture = document.createElement(canvasNeeded && !sheet.isSilent(channel) ? 'canvas' : 'span');
      picture.className = sheet.isSilent(channel) ? 'picture silent' : 'picture';
      const strength = document.createElement('span');
      strength.className = 'strength';
      const label = document.createElement('small');
      button.append(picture, strength, label);
      return button;
    });
    this.resize();
  }

  // Gives each unit a whole number of the screen's pixels, or shrinks maps that are wider than there is room.
  resize() {
    if (!this.sheet) return;
    const { rows, columns } = this.sheet.map;
    const ratio = window.devicePixelRatio;
    const number = this.sheet.numChannels;
    const wanted = number <= FEW ? WIDE : number <= SOME ? MIDDLE : SMALL;
    const room = Math.max(this.element.clientWidth, 1);
    const factor = Math.max(Math.floor((Math.min(wanted, room) * ratio) / columns), 1);
    const width = Math.min((columns * factor) / ratio, room);
    this.width = width;
    const crisp = width < room || columns * factor <= room * ratio;
    this.element.style.setProperty('--gap', wanted === MIDDLE ? '6px' : '2px'); // numbers need some room
    this.element.style.setProperty('--width', `${width}px`);
    this.element.style.setProperty('--height', `${(width * rows) / columns}px`);
    this.element.style.setProperty('--rendering', crisp ? 'pixelated' : 'auto');
    this.element.classList.toggle('tiny', width < 40);
  }

  // Paints what may have changed: colours, brightness, order, captions.
  paint(channels, settings, palette, caption) {
    const { sheet } = this;
    const largest = Math.max(...sheet.limits);
    this.shown = channels;
    for (const channel of channels) {
      const button = this.buttons[channel];
      const [picture, strength, label] = button.children;
      const limit = settings.limit ? settings.limit(channel) : brightest(sheet, channel, settings);
      if (picture.tagName === 'CANVAS') paint(picture, sheet, channel, limit, palette);
      else if (!sheet.isSilent(channel)) {
        const value = settings.value ? settings.value(channel) : sheet.value(channel, 0, 0);
        picture.style.background = cssColor(palette[levelOf(value, limit, settings.zero ?? sheet.zero)]);
      }
      const share = largest ? sheet.limits[channel] / largest : 0;
      strength.style.width = `${100 * share}%`;
      strength.classList.toggle('faint', share > 0 && share < 0.01);
      label.textContent = caption(channel);
    }
    const focused = document.activeElement;
    this.element.replaceChildren(...channels.map((channel) => this.buttons[channel]));
    if (focused?.classList.contains('tile') && this.element.contains(focused)) focused.focus({ preventScroll: true });
    if (!channels.some((channel) => this.buttons[channel].tabIndex === 0) && channels.length) {
      this.buttons[channels[0]].tabIndex = 0;
    }
  }

  // Marks the channels that are switched off.
  strike(off) {
    this.buttons.forEach((button, channel) => {
      button.classList.toggle('off', off.has(channel));
      button.setAttribute('aria-pressed', off.has(channel));
    });
  }

  // Lights the same units up in every tile; null for all of them again.
  light(units) {
    this.element.classList.toggle('lit', units !== null);
    if (units === null) return;
    const side = this.width / this.sheet.map.columns;
    const edges = { '--x0': units.left, '--x1': units.right, '--y0': units.top, '--y1': units.bottom };
    for (const [name, unit] of Object.entries(edges)) this.element.style.setProperty(name, `${unit * side}px`);
  }

  // The channel whose tile has the focus or the pointer, and the unit at a point of the window.
  at(event) {
    const button = event.target.closest('.tile');
    if (!button) return null;
    const channel = Number(button.dataset.channel);
    const area = button.firstElementChild.getBoundingClientRect();
    const { rows, columns } = this.sheet.map;
    const place = (part, whole, units) => Math.min(Math.max(Math.floor((part / whole) * units), 0), units - 1);
    const row = place(event.clientY - area.top, area.height, rows);
    return { channel, row, column: place(event.clientX - area.left, area.width, columns) };
  }

  focus(channel) {
    const button = this.buttons[channel];
    if (!button?.isConnected) return;
    for (const other of this.element.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    button.tabIndex = 0;
    button.focus();
  }

  // The channel that stands beside another in a direction: [across, down].
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
