// The brush: covers parts of what the network sees, with grey or with what lies around, stroke by stroke.

import { isShortcut } from '../shared/dom.js';
import { fileOf } from '../shared/files.js';

const GRAY = '#808080';
const BLURRED = 1 / 12; // how small the picture is made, and large again: only its large patches of colour are left
const LARGE = 450; // pixels of the screen that the picture may be wide and high
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {[number, number]} Point */
/** @typedef {{ fill: string, size: number, isBox: boolean, points: Point[] }} Stroke */

export class Brush {
  // `changed` is called after what is seen has changed, at most once a frame.
  /** @param {Found} dialog @param {() => void} changed */
  constructor(dialog, changed) {
    this.canvas = dialog.querySelector('canvas');
    this.form = dialog.querySelector('form');
    this.tip = dialog.querySelector('.tip');
    this.changed = changed;
    /** @type {Stroke[]} */
    this.strokes = [];
    /** @type {Point} */
    this.place = [0, 0]; // of the middle of the keyboard's box
    this.untouched = /** @type {any} */ (null); // what the network sees of the photo
    this.below = this.untouched; // what lies below the last stroke
    /** @type {Record<string, Found>} */
    this.fills = {};
    this.isDrawing = false;
    this.isComing = false; // a call of `changed`
    this.canvas.addEventListener('pointerdown', (event) => this.press(event));
    this.canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const kind of ['pointerup', 'pointercancel'])
      this.canvas.addEventListener(kind, () => (this.isDrawing = false));
    this.canvas.addEventListener('pointerleave', () => (this.tip.hidden = true));
    this.canvas.addEventListener(
      'focus',
      () => this.canvas.matches(':focus-visible') && this.showTip(this.place, true),
    );
    this.canvas.addEventListener('blur', () => (this.tip.hidden = true));
    this.canvas.addEventListener('keydown', (event) => this.type(event));
    this.form.addEventListener('submit', (event) => event.preventDefault());
    this.form.addEventListener('click', ({ target }) => {
      if ('undo' in target.dataset) this.undo();
      if ('clear' in target.dataset) this.replay([]);
    });
    dialog.addEventListener('keydown', (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 'z' || this.canvas.hidden) return;
      event.preventDefault();
      this.undo();
    });
  }

  // Takes what the network sees of the photo that is shown, and has painted nothing yet.
  /** @param {{ width: number, height: number }} size @param {number} room */
  async open({ width, height }, room) {
    const image = document.querySelector('#answer .seen img'); // each pixel enlarged by a whole factor
    await image.decode();
    const [canvas, context] = makeCanvas(width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(image, 0, 0, width, height);
    this.untouched = canvas;
    [this.below] = makeCanvas(width, height);
    this.fills = { gray: makeGray(width, height), blur: makeBlurred(canvas) };
    const fits = Math.min(LARGE, room) / Math.max(width, height);
    Object.assign(this.canvas, { width, height });
    this.canvas.style.width = `${(fits < 1 ? fits : Math.floor(fits)) * width}px`;
    this.canvas.classList.toggle('shrunk', fits < 1);
    this.place = [width / 2, height / 2];
    this.replay([]);
  }

  get size() {
    const { width, height } = this.canvas;
    return Math.max((Number(this.form.elements.size.value) / 100) * Math.min(width, height), 1);
  }

  // Where the pointer is, in pixels of the network's picture.
  /** @param {any} event @returns {Point} */
  pointAt({ clientX, clientY }) {
    const area = this.canvas.getBoundingClientRect();
    return [
      ((clientX - area.left) / area.width) * this.canvas.width,
      ((clientY - area.top) / area.height) * this.canvas.height,
    ];
  }

  /** @param {any} event */
  press(event) {
    if (event.button) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.isDrawing = true;
    this.begin([this.pointAt(event)], false);
  }

  /** @param {any} event */
  move(event) {
    const point = this.pointAt(event);
    if (event.pointerType !== 'touch') this.showTip(point, false);
    const stroke = this.strokes.at(-1);
    if (!this.isDrawing || !stroke) return;
    stroke.points.push(point);
    this.canvas.getContext('2d').drawImage(this.below, 0, 0); // or its edge would be drawn over and over
    this.draw(stroke);
    this.tell();
  }

  /** @param {any} event */
  type(event) {
    const { width, height } = this.canvas;
    if (event.key in ARROWS && !isShortcut(event)) {
      const by = event.shiftKey ? 1 : Math.max(Math.round(this.size / 2), 1);
      const [right, down] = ARROWS[event.key];
      /** @param {number} value @param {number} last */
      const within = (value, last) => Math.min(Math.max(value, 0), last);
      this.place = [within(this.place[0] + by * right, width), within(this.place[1] + by * down, height)];
      this.showTip(this.place, true);
    } else if (event.key === ' ' || event.key === 'Enter') this.begin([this.place], true);
    else return;
    event.preventDefault();
  }

  /** @param {Point[]} points @param {boolean} isBox */
  begin(points, isBox) {
    const stroke = { fill: this.form.elements.fill.value, size: this.size, isBox, points };
    this.below.getContext('2d').drawImage(this.canvas, 0, 0);
    this.strokes.push(stroke);
    this.draw(stroke);
    this.tell();
  }

  // Covers what lies under a stroke.
  /** @param {Stroke} stroke */
  draw({ fill, size, isBox, points }) {
    const [layer, context] = makeCanvas(this.canvas.width, this.canvas.height);
    const [x, y] = points[0];
    if (isBox) context.fillRect(Math.round(x - size / 2), Math.round(y - size / 2), Math.round(size), Math.round(size));
    else {
      Object.assign(context, { lineWidth: size, lineCap: 'round', lineJoin: 'round' });
      context.arc(x, y, size / 2, 0, 2 * Math.PI);
      context.fill(); // a tap: lines without length are not drawn
      context.beginPath();
      context.moveTo(x, y);
      for (const point of points) context.lineTo(...point);
      context.stroke();
    }
    context.globalCompositeOperation = 'source-in';
    context.drawImage(this.fills[fill], 0, 0);
    this.canvas.getContext('2d').drawImage(layer, 0, 0);
  }

  undo() {
    if (this.strokes.length) this.replay(this.strokes.slice(0, -1));
  }

  // Paints these strokes, and no others.
  /** @param {Stroke[]} strokes */
  replay(strokes) {
    this.strokes = strokes;
    this.canvas.getContext('2d').drawImage(this.untouched, 0, 0);
    for (const stroke of strokes) this.draw(stroke);
    this.tell();
  }

  tell() {
    for (const name of ['undo', 'clear']) this.form.querySelector(`[data-${name}]`).disabled = !this.strokes.length;
    if (this.isComing) return;
    this.isComing = true;
    requestAnimationFrame(() => {
      this.isComing = false;
      this.changed();
    });
  }

  // Shows what a press would cover.
  /** @param {Point} point @param {boolean} isBox */
  showTip([x, y], isBox) {
    const { width, height } = this.canvas;
    this.tip.hidden = false;
    this.tip.classList.toggle('round', !isBox);
    Object.assign(this.tip.style, {
      left: `${(100 * (x - this.size / 2)) / width}%`,
      top: `${(100 * (y - this.size / 2)) / height}%`,
      width: `${(100 * this.size) / width}%`,
      height: `${(100 * this.size) / height}%`,
    });
  }

  // What the network gets, without any loss.
  picture() {
    return this.canvas.toDataURL('image/png');
  }

  // Which share of the pixels is not what it was.
  covered() {
    const [now, before] = [this.canvas, this.untouched].map(
      (canvas) => new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer),
    );
    return (
      now.reduce((/** @type {number} */ sum, pixel, index) => sum + Number(pixel !== before[index]), 0) / now.length
    );
  }

  file() {
    return fileOf(this.canvas, 'painted.png', 'image/png');
  }
}

/** @param {number} width @param {number} height @returns {[Found, any]} */
function makeCanvas(width, height) {
  const canvas = /** @type {Found} */ (document.createElement('canvas'));
  Object.assign(canvas, { width, height });
  return [canvas, canvas.getContext('2d')];
}

/** @param {number} width @param {number} height */
function makeGray(width, height) {
  const [canvas, context] = makeCanvas(width, height);
  context.fillStyle = GRAY;
  context.fillRect(0, 0, width, height);
  return canvas;
}

// The same picture without anything small in it. Not every browser has a filter for that.
/** @param {Found} picture */
function makeBlurred(picture) {
  const [small, shrinking] = makeCanvas(
    Math.max(Math.round(picture.width * BLURRED), 1),
    Math.max(Math.round(picture.height * BLURRED), 1),
  );
  const [canvas, enlarging] = makeCanvas(picture.width, picture.height);
  for (const context of [shrinking, enlarging]) context.imageSmoothingQuality = 'high';
  shrinking.drawImage(picture, 0, 0, small.width, small.height);
  enlarging.drawImage(small, 0, 0, picture.width, picture.height);
  return canvas;
}
