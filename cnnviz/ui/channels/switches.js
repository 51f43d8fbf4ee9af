// Which channels are switched off, in all layers, and what the network answers without them.

/** @import { ChannelsProps, ChannelsWords } from '../shared/values' */

import { evidenceBar } from '../shared/evidence.js';
import { answerBar } from '../shared/bar.js';
import { make } from '../shared/dom.js';
import { count, fill, signed } from '../shared/numbers.js';

export class Switches {
  /** @param {Found} element @param {ChannelsWords} words @param {(question: object) => void} ask */
  constructor(element, words, ask) {
    this.element = element;
    this.words = words;
    this.ask = ask;
    /** @type {Map<string, Set<number>>} */
    this.off = new Map(); // the switched off channels by layer
    /** @type {number | null} */
    this.evidence = null; // that is shown now, if any is
    this.outcome = element.querySelector('.outcome');
    this.mode = element.querySelector('[data-switch="mode"]');
  }

  // Whether a click on a tile switches its channel instead of opening it.
  get isSwitching() {
    return this.mode.getAttribute('aria-pressed') === 'true';
  }

  toggleMode() {
    this.mode.setAttribute('aria-pressed', String(!this.isSwitching));
  }

  /** @param {string} layer @returns {Set<number>} */
  of(layer) {
    return this.off.get(layer) ?? new Set();
  }

  /** @param {string} layer @param {number} channel */
  toggle(layer, channel) {
    const off = new Set(this.of(layer));
    if (!off.delete(channel)) off.add(channel);
    this.set(layer, off);
  }

  // Switches all channels of a layer that are on off, and the others on.
  /** @param {string} layer @param {number} numChannels */
  invert(layer, numChannels) {
    const before = this.of(layer);
    this.set(
      layer,
      new Set(Array.from({ length: numChannels }, (_, index) => index).filter((each) => !before.has(each))),
    );
  }

  // Offers "all but these" only where some of this layer are off.
  /** @param {{ invert: boolean }} has */
  offer({ invert }) {
    this.element.querySelector('[data-switch="invert"]').hidden = !invert;
  }

  /** @param {string} layer @param {Set<number>} off */
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
    if (!any) {
      this.outcome.replaceChildren();
      this.evidence = null;
    }
    this.outcome.hidden = !any;
    this.element.querySelector('.tools').hidden = !any;
    if (!any) return;
    const list = make('p', fill(this.words.off, { list: this.list }), 'list');
    if (this.outcome.querySelector('.bar')) this.outcome.firstElementChild.replaceWith(list); // the last answer stays
    else this.outcome.replaceChildren(list, make('p', this.words.asking, 'quiet'));
    this.outcome.classList.add('waiting');
    this.ask({ without: this.without });
  }

  get list() {
    /** @param {Set<number>} off */
    const few = (off) =>
      off.size > 8 ? fill(this.words.many, { number: count(off.size) }) : [...off].toSorted((a, b) => a - b).join(', ');
    return [...this.off].map(([layer, off]) => `${layer}: ${few(off)}`).join(' · ');
  }

  // Shows what is left of the evidence, and the answer without them.
  /** @param {ChannelsProps['ablation']} reply */
  show(reply) {
    if (this.off.size === 0) return; // all are on again
    this.outcome.classList.remove('waiting');
    this.outcome.replaceChildren(make('p', fill(this.words.off, { list: this.list }), 'list'));
    if (reply.error) {
      this.outcome.append(make('p', reply.error, 'trouble'));
      return;
    }
    const { evidence } = reply;
    const { name, before, after } = evidence;
    const left = fill(this.words.evidence_change, { before: signed(before), after: signed(after) });
    const title = fill(this.words.evidence_of, { name });
    this.outcome.append(
      evidenceBar(evidence, this.evidence ?? before, title, left),
      answerBar(this.words.without, reply.classes),
    );
    this.evidence = after;
    const change = fill(reply.label === reply.original_label ? this.words.same_label : this.words.other_label, reply);
    this.outcome.append(make('p', change, 'change'));
  }
}
