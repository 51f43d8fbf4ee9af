// The evidence for an answer as a bar that moves: what it was, and what is left of it.

/** @import { EvidenceChange } from './values' */

import { make } from './dom.js';
import { reducesMotion } from './navigation.js';

const MOVE_MS = 400;

// Draws it, with a title and a sentence on the change; it moves from the value that was shown before.
/** @param {Omit<EvidenceChange, 'name'>} evidence @param {number} shown @param {string} title @param {string} change */
export function evidenceBar({ side, before, after }, shown, title, change) {
  const element = make('div', '', 'evidence');
  const [from, to] = [Math.min(0, before, after), Math.max(0, before, after)];
  /** @param {number} value */
  const place = (value) => (to > from ? (100 * (value - from)) / (to - from) : 0);
  /** @param {number} value */
  const reach = (value) => {
    const [start, end] = [0, value].map(place).toSorted((a, b) => a - b);
    return { left: `${start}%`, width: `${end - start}%` };
  };
  const bar = make('div', '', 'track');
  for (const [value, kind] of /** @type {[number, string][]} */ ([
    [before, 'all'],
    [after, 'left'],
  ])) {
    const part = make('span', '', `${kind} side-${side ?? 'none'}`);
    Object.assign(part.style, reach(value));
    bar.append(part);
  }
  const zero = make('i');
  zero.style.left = `${place(0)}%`;
  bar.append(zero);
  element.append(make('p', title, 'name'), bar, make('p', change, 'quiet'));
  const start = Math.min(Math.max(shown, from), to);
  if (!reducesMotion()) {
    bar.querySelector('.left').animate([reach(start), reach(after)], { duration: MOVE_MS, easing: 'ease-out' });
  }
  return element;
}
