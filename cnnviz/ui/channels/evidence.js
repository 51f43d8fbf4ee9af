// The evidence for the answer as a bar that moves: what is left of it without some channels.

/** @import { ChannelsProps, ChannelsWords } from '../shared/values' */

import { make } from '../shared/dom.js';
import { reducesMotion } from '../shared/navigation.js';
import { fill, signed } from '../shared/numbers.js';

const MOVE_MS = 400;

// Draws it; it moves from the value that was shown before.
/** @param {ChannelsProps['ablation']['evidence']} evidence @param {number} shown @param {ChannelsWords} words */
export function evidenceBar({ name, side, before, after }, shown, words) {
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
  const change = fill(words.evidence_change, { before: signed(before), after: signed(after) });
  element.append(make('p', fill(words.evidence_of, { name }), 'name'), bar, make('p', change, 'quiet'));
  const start = Math.min(Math.max(shown, from), to);
  if (!reducesMotion()) {
    bar.querySelector('.left').animate([reach(start), reach(after)], { duration: MOVE_MS, easing: 'ease-out' });
  }
  return element;
}
