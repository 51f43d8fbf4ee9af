// A convolution, moving: the kernel slides to its place, product after product is added up, then all the rest.

/** @import { FollowProps, FollowSettings } from '../shared/values' */

import { make } from '../shared/dom.js';
import { inset } from '../shared/field.js';
import { reducesMotion } from '../shared/navigation.js';
import { count, exact, fill, short, signed } from '../shared/numbers.js';

const SLIDES = 16; // places at most that the kernel stands at on its way
const PAUSES = { slide: 110, product: 420, line: 900 }; // milliseconds

export class Convolution {
  // Shows it in an element, in the place of another.
  /** @param {Found} element @param {FollowSettings['words']} words @param {FollowProps['sum']} sum */
  constructor(element, words, sum) {
    const [{ patch, weights, sum: ofInput }] = sum.inputs;
    this.words = words;
    this.sum = sum;
    this.products = patch.flatMap((line, row) => line.map((value, column) => value * weights[row][column]));
    this.corner = slides(sum.columns[0]);
    this.kernel = make('span', '', 'kernel');
    this.tables = [table(patch, words.patch), table(weights, words.kernel)];
    this.running = make('p', '', 'running');
    this.lines = this.tell(ofInput).map((text) => make('p', text));
    this.button = press(words.play, () => (this.timer === null ? this.play() : this.stop()));
    /** @type {any} */
    this.timer = null;
    this.at = 0;
    const tools = make('p', '', 'tools');
    tools.append(
      this.button,
      press(words.step, () => this.next()),
    );
    const tables = make('div', '', 'tables');
    tables.append(this.tables[0], make('span', '×'), this.tables[1]);
    element.replaceChildren(tools, this.map(), tables, this.running, ...this.lines);
    element.hidden = false;
    if (reducesMotion()) this.at = this.length;
    this.draw();
    element.scrollIntoView({ block: 'nearest' });
    if (!reducesMotion()) this.play();
  }

  // The map that the kernel slides over.
  map() {
    const { map, map_size: size, name } = this.sum;
    const picture = Object.assign(make('img'), map);
    picture.alt = '';
    const frame = make('div', '', 'frame');
    frame.append(picture, this.kernel);
    const figure = make('figure');
    figure.append(frame, make('figcaption', fill(this.words.map, { name, rows: size[0], columns: size[1] })));
    return figure;
  }

  // What follows when all products are added up.
  /** @param {number} ofInput */
  tell(ofInput) {
    const { words } = this;
    const { others, bias, total, function: name, activation } = this.sum;
    const rest = { number: count(others.number), others: signed(others.sum) };
    return [
      fill(words.sum, { sum: signed(ofInput) }),
      others.number ? fill(words.rest, rest) : words.only,
      fill(words.with_bias, { bias: signed(bias), total: signed(total) }),
      name ? fill(words.result, { function: name, value: signed(activation) }) : words.as_it_is,
    ];
  }

  get length() {
    return this.corner.length + this.products.length + this.lines.length - 1;
  }

  play() {
    if (this.at >= this.length) this.at = 0;
    this.button.textContent = this.words.pause;
    const tick = () => {
      this.at += 1;
      this.draw();
      if (this.at < this.length) this.timer = setTimeout(tick, this.pause);
      else this.stop();
    };
    this.draw();
    this.timer = setTimeout(tick, this.pause);
  }

  get pause() {
    const done = this.at - this.corner.length + 1;
    if (done < 0) return PAUSES.slide;
    return done < this.products.length ? PAUSES.product : PAUSES.line;
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.button.textContent = this.words.play;
  }

  // One product on, and from the end to the first.
  next() {
    this.stop();
    const first = this.corner.length;
    this.at = this.at >= this.length ? first : Math.max(this.at + 1, first);
    this.draw();
  }

  draw() {
    const { sum } = this;
    const [input] = sum.inputs;
    const left = this.corner[Math.min(this.at, this.corner.length - 1)];
    const [width, height] = [reach(sum.columns), reach(sum.rows)];
    const edges = { left, top: sum.rows[0], right: left + width, bottom: sum.rows[0] + height };
    this.kernel.style.inset = inset(edges, sum.map_size[1], sum.map_size[0]);
    const done = Math.min(Math.max(this.at - this.corner.length + 1, 0), this.products.length);
    for (const cells of this.tables.map((each) => [...each.querySelectorAll('td')])) {
      cells.forEach((cell, index) => {
        cell.className = index < done - 1 ? 'done' : index === done - 1 ? 'now' : '';
      });
    }
    const so = this.products.slice(0, done).reduce((total, each) => total + each, 0);
    const [row, column] = [Math.floor((done - 1) / input.patch[0].length), (done - 1) % input.patch[0].length];
    this.running.textContent = done
      ? `${short(input.patch[row][column])} × ${short(input.weights[row][column])} = ${signed(this.products[done - 1])} → ${signed(so)}`
      : '';
    const lines = this.at - this.corner.length - this.products.length + 2;
    this.lines.forEach((line, index) => line.classList.toggle('hidden', index >= lines || done < this.products.length));
  }
}

// The columns at which the kernel stands, from the left edge to its place.
/** @param {number} last */
function slides(last) {
  const steps = Math.min(Math.max(last, 0), SLIDES);
  return Array.from({ length: steps + 1 }, (_, step) => (steps ? Math.round((last * step) / steps) : last));
}

// From the first of these places to the last.
/** @param {number[]} places */
function reach(places) {
  return places[places.length - 1] - places[0] + 1;
}

/** @param {string} text @param {() => void} then */
function press(text, then) {
  const button = make('button', text);
  button.type = 'button';
  button.addEventListener('click', then);
  return button;
}

/** @param {number[][]} values @param {string} caption */
function table(values, caption) {
  const element = /** @type {any} */ (make('table'));
  element.createCaption().textContent = caption;
  for (const line of values) {
    const row = element.insertRow();
    for (const value of line) {
      const cell = row.insertCell();
      cell.textContent = short(value);
      cell.title = exact(value);
    }
  }
  return /** @type {Found} */ (element);
}
