// One channel, large: its map, the same laid over the photo, and what is known of it. A unit can be chosen by pointer
// or arrows; a click or Enter asks for its arithmetic.

/** @import { Explorer } from './channel_explorer.js' */
/** @import { Sheet } from '../shared/sheet.js' */
/** @import { ChannelsLayer, ChannelsProps, ChannelsWords } from '../shared/values' */

import { paint } from '../shared/colors.js';
import { cellAt, isShortcut } from '../shared/dom.js';
import { showDataSet } from './data_set.js';
import { showArithmetic, showHistogram, showKernel, showNumbers, showPattern } from './facts.js';
import { WHOLE, box, inset, onPhoto } from '../shared/field.js';
import { writePosition } from '../shared/link.js';
import { fill, short } from '../shared/numbers.js';
import { layOver } from '../shared/overlay.js';

const LARGE = 450; // pixels of the screen that the map and the photo may be wide and high
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @param {Sheet} sheet @param {number} channel */
const numbersOf = (sheet, channel) => ({
  min: sheet.min[channel],
  max: sheet.max[channel],
  mean: sheet.mean[channel],
  zero_share: sheet.zero_share[channel],
});

export class Detail {
  // `context` gives the sheet, the layer, the photo, the palette and the limit of a channel; `ask` asks the server.
  /**
   * @param {Found} dialog
   * @param {ChannelsWords} words
   * @param {() => Explorer['context']} context
   * @param {(question: object) => void} ask
   */
  constructor(dialog, words, context, ask) {
    this.dialog = dialog;
    this.words = words;
    this.context = context;
    this.ask = ask;
    this.channel = 0; // that was opened last
    /** @type {[number, number]} */
    this.unit = [0, 0];
    this.large = dialog.querySelector('.large .frame');
    this.overlay = dialog.querySelector('.overlay .frame');
    this.reading = dialog.querySelector('.reading');
    this.opacity = dialog.querySelector('[name="opacity"]');
    this.original = dialog.querySelector('[name="original"]');
    this.off = dialog.querySelector('[name="off"]');
    this.link = dialog.querySelector('a');
    this.opacity.addEventListener('input', () => this.fade());
    this.original.addEventListener('change', () => this.layOver());
    this.large.addEventListener('pointermove', (event) => this.point(this.unitAt(event)));
    this.large.addEventListener('click', (event) => {
      this.point(this.unitAt(event));
      this.inspect();
    });
    this.large.addEventListener('keydown', (event) => this.press(event));
    this.closeFromOutside();
    this.room = 0; // pixels that it was wide when it was drawn
    new ResizeObserver(() => this.isOpen && dialog.clientWidth !== this.room && this.draw()).observe(dialog);
    this.onLeave = () => {}; // what follows when the visitor closes it
    /** @type {(channel: number) => void} */
    this.askFilm = () => {}; // asks how it learned, if that is known
    this.isShut = false;
    dialog.addEventListener('close', () => {
      if (!this.isShut) this.onLeave();
      this.isShut = false;
    });
  }

  // Closes it because something else is shown.
  shut() {
    this.isShut = this.isOpen;
    this.dialog.close();
  }

  // Closes it if a press begins and ends beside it.
  closeFromOutside() {
    let began = false;
    /** @param {any} event */
    const isOutside = ({ target, clientX: x, clientY: y }) => {
      const area = this.dialog.getBoundingClientRect();
      return target === this.dialog && (x < area.left || x > area.right || y < area.top || y > area.bottom);
    };
    this.dialog.addEventListener('pointerdown', (event) => (began = isOutside(event)));
    this.dialog.addEventListener('click', (event) => began && isOutside(event) && this.dialog.close());
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** @param {number} channel @param {boolean} isOff */
  open(channel, isOff) {
    const { sheet, layer } = this.context();
    this.channel = channel;
    this.unit = sheet.peak(channel);
    this.dialog.querySelector('h3').textContent = fill(this.words.title, {
      layer: layer.name,
      unit: layer.unit,
      channel,
    });
    this.off.checked = isOff;
    this.off.parentElement.hidden = !layer.can_switch;
    this.dialog.querySelector('.large figcaption').textContent = this.explain(sheet, layer);
    this.dialog.querySelector('.boxed').textContent = layer.note
      ? fill(this.words.overlay_gated, layer)
      : this.words.overlay;
    for (const part of ['.kernel', '.arithmetic', '.histogram', '.looks-for', '.data-set'])
      this.dialog.querySelector(part).hidden = true;
    showNumbers(this.dialog.querySelector('.numbers'), numbersOf(sheet, channel), this.words);
    if (!this.isOpen) this.dialog.showModal();
    this.draw();
    this.point(this.unit);
    this.ask({ channel });
    this.dialog.querySelector('.film')?.remove();
    this.askFilm(channel);
  }

  /** @param {Sheet} sheet @param {ChannelsLayer} layer */
  explain(sheet, layer) {
    if (sheet.isSingle) return this.words.large_unit;
    return layer.has_kernel ? this.words.large : this.words.large_map;
  }

  // Paints the map and lays it over the photo; after another choice of colours, too.
  draw() {
    this.room = this.dialog.clientWidth; // none while the tab is still to be opened
    const { sheet, palette, limit } = this.context();
    const canvas = this.large.querySelector('canvas');
    const silent = sheet.isSilent(this.channel);
    this.large.classList.toggle('silent', silent);
    paint(canvas, sheet, this.channel, limit(this.channel), palette);
    const { rows, columns } = sheet.map;
    const room = Math.min(LARGE, this.dialog.clientWidth - 32) * window.devicePixelRatio;
    const factor = Math.max(Math.floor(room / Math.max(rows, columns)), 1);
    const width = Math.min(columns * factor, room) / window.devicePixelRatio;
    Object.assign(canvas.style, { width: `${width}px`, height: `${(width * rows) / columns}px` });
    canvas.style.imageRendering = columns > room ? 'auto' : 'pixelated';
    this.large.setAttribute('aria-label', fill(this.words.map_label, { channel: this.channel, rows, columns }));
    this.layOver();
  }

  // Lays the map over the photo: each of its squares is centred on what the unit sees; what no unit sees stays clear.
  layOver() {
    const { sheet, layer, photo, seen, palette, limit } = this.context();
    const image = this.overlay.querySelector('img');
    const canvas = this.overlay.querySelector('canvas');
    const room = Math.min(LARGE, this.dialog.clientWidth - 32);
    const original = this.original.checked;
    const [width, height] = original ? [photo.width, photo.height] : [seen.columns, seen.rows];
    const whole = Math.max(Math.floor(room / Math.max(width, height)), 1);
    const scale = original ? Math.min(room / Math.max(width, height), 1) : Math.min(whole, room / width);
    image.src = original ? photo.url : seen.url;
    const size = [Math.round(width * scale), Math.round(height * scale)];
    [image.style.width, image.style.height] = size.map((pixels) => `${pixels}px`);
    const map = new OffscreenCanvas(1, 1);
    paint(map, sheet, this.channel, limit(this.channel), palette);
    layOver(canvas, map, layer.field, seen, { width: size[0], height: size[1] }, this.onPicture);
    this.fade();
    this.mark();
  }

  fade() {
    this.overlay.querySelector('canvas').style.opacity = String(this.opacity.value / 100);
  }

  /** @param {any} event @returns {[number, number]} */
  unitAt(event) {
    const { sheet } = this.context();
    const area = this.large.querySelector('canvas').getBoundingClientRect();
    return [
      cellAt(event.clientY - area.top, area.height, sheet.map.rows),
      cellAt(event.clientX - area.left, area.width, sheet.map.columns),
    ];
  }

  // Shows a unit's value, and what it sees on the photo.
  /** @param {[number, number]} unit */
  point(unit) {
    this.unit = unit;
    const { sheet, layer } = this.context();
    const [row, column] = unit;
    this.dialog.querySelector('[data-follow]').dataset.follow = writePosition(layer.name, this.channel, unit);
    const values = { row, column, value: short(sheet.value(this.channel, row, column)) };
    const text = sheet.isSingle ? this.words.value : this.words.reading;
    this.reading.textContent = fill(sheet.isSilent(this.channel) ? this.words.silent : text, values);
    this.mark();
  }

  // Where the network's picture lies on what the map is laid over.
  get onPicture() {
    return this.original.checked ? this.context().photo.frame : WHOLE;
  }

  mark() {
    const { sheet, layer, seen } = this.context();
    const { rows, columns } = sheet.map;
    const marks = [this.large.querySelector('.box'), this.overlay.querySelector('.box')];
    const [row, column] = this.unit;
    marks[0].style.inset = inset({ left: column, top: row, right: column + 1, bottom: row + 1 }, columns, rows);
    marks[1].style.inset = inset(onPhoto(box(layer.field, row, column), seen, this.onPicture), 1, 1);
  }

  /** @param {any} event */
  press(event) {
    const { rows, columns } = this.context().sheet.map;
    if (isShortcut(event)) return;
    if (event.key === 'Enter') this.inspect();
    else if (event.key in ARROWS) {
      const [row, column] = this.unit;
      const [down, across] = ARROWS[event.key];
      /** @type {[number, number]} */
      const next = [row + down, column + across];
      if (next[0] >= 0 && next[0] < rows && next[1] >= 0 && next[1] < columns) this.point(next);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  inspect() {
    if (!this.context().layer.has_kernel) return;
    const [row, column] = this.unit;
    this.ask({ channel: this.channel, row, column });
  }

  // Shows how the channel learned, below all else.
  /** @param {ChannelsProps['frames']} reply */
  async showFilm(reply) {
    const { drawFilm } = await import('./film.js');
    const { channel, layer } = reply.asked;
    if (!this.isOpen || reply.error || channel !== this.channel || layer !== this.context().layer.name) return;
    this.dialog.querySelector('.film')?.remove();
    this.dialog.append(drawFilm(reply));
  }

  // Shows what the server tells of the channel.
  /** @param {ChannelsProps['details']} reply */
  tell(reply) {
    if (!this.isOpen) return;
    if (reply.error) {
      this.reading.textContent = reply.error;
      return;
    }
    const { kernelPalette, colors } = this.context();
    const histogram = this.dialog.querySelector('.histogram');
    histogram.hidden = reply.histogram.counts.length < 2;
    showNumbers(this.dialog.querySelector('.numbers'), reply.statistics, this.words);
    showPattern(this.dialog.querySelector('.looks-for'), reply, this.words);
    showDataSet(this.dialog.querySelector('.data-set'), reply.data_set, this.words);
    showHistogram(histogram, reply.histogram, this.words);
    const how = { channel: this.channel, colors, words: this.words, palette: kernelPalette };
    showKernel(this.dialog.querySelector('.kernel'), reply.kernel, how);
    showArithmetic(this.dialog.querySelector('.arithmetic'), reply.arithmetic, colors, this.words);
    if (reply.arithmetic) this.dialog.querySelector('.arithmetic').scrollIntoView({ block: 'nearest' });
  }
}
