// Which channels are switched off, in all layers, and what the network answers without them.

import { fill } from './numbers.js';

export class Switches {
  constructor(element, words, ask) {
    this.element = element;
    this.words = words;
    this.ask = ask;
    this.off = new Map(); // the switched off channels by layer
    this.outcome = element.querySelector('.outcome');
    this.mode = element.querySelector('[data-switch="mode"]');
  }

  // Whether a click on a tile switches its channel instead of opening it.
  get isSwitching() {
    return this.mode.getAttribute('aria-pressed') === 'true';
  }

  toggleMode() {
    this.mode.setAttribute('aria-pressed', !this.isSwitching);
  }

  of(layer) {
    return this.off.get(layer) ?? new Set();
  }

  toggle(layer, channel) {
    const off = new Set(this.of(layer));
    if (!off.delete(channel)) off.add(channel);
    this.set(layer, off);
  }

  // Switches all channels of a layer that are on off, and the others on.
  invert(layer, numChannels) {
    const before = this.of(layer);
    this.set(
      layer,
      new Set(Array.from({ length: numChannels }, (_, index) => index).filter((each) => !before.has(each))),
    );
  }

  set(layer, off) {
    if (off.size) this.off.set(layer, off);
    else this.off.delete(layer);
    this.refresh();
  }

  reset() {
    this.off.clear();
    this.refresh();
  }

  get without() {
    return Object.fromEntries([...this.off].map(([layer, off]) => [layer, [...off].toSorted((a, b) => a - b)]));
  }

  // Asks for the answer without the channels that are off now.
  refresh() {
    const any = this.off.size > 0;
    this.outcome.hidden = !any;
    this.element.querySelector('.tools').hidden = !any;
    this.outcome.replaceChildren();
    if (!any) return;
    this.outcome.append(line('p', fill(this.words.off, { list: this.list }), 'list'));
    this.outcome.append(line('p', this.words.asking, 'quiet'));
    this.ask({ without: this.without });
  }

  get list() {
    const few = (off) =>
      off.size > 8 ? fill(this.words.many, { number: off.size }) : [...off].toSorted((a, b) => a - b).join(', ');
    return [...this.off].map(([layer, off]) => `${layer}: ${few(off)}`).join(' · ');
  }

  // Shows the answer without them beside the original one.
  show(reply, before) {
    if (this.off.size === 0) return; // all are on again
    this.outcome.replaceChildren(line('p', fill(this.words.off, { list: this.list }), 'list'));
    if (reply.error) {
      this.outcome.append(line('p', reply.error, 'trouble'));
      return;
    }
    this.outcome.append(answer(this.words.with_all, before), answer(this.words.without, reply.classes));
    const change = fill(reply.label === reply.original_label ? this.words.same_label : this.words.other_label, reply);
    this.outcome.append(line('p', change, 'change'));
  }
}

function line(tag, text, className) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

// The bar of an answer, with its words.
function answer(title, classes) {
  const element = line('div', '', 'answer-bar');
  element.append(line('p', title, 'quiet'));
  const bar = line('div', '', 'bar');
  for (const { index, probability } of classes) {
    const part = line('span', '', `class-${index}`);
    part.style.width = `${100 * probability}%`;
    bar.append(part);
  }
  const legend = line('p', '', 'legend');
  for (const { index, name, percent } of classes) legend.append(line('span', `${name} ${percent}`, `name-${index}`));
  element.append(bar, legend);
  return element;
}
