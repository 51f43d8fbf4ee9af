// The bar of an answer, with its words; or one bar for each class, if each is a yes or no of its own.

/** @import { ClassShare } from './values' */

import { make } from './dom.js';

/** @param {string} title @param {ClassShare[]} classes */
export function answerBar(title, classes) {
  const element = make('div', '', 'answer-bar');
  element.append(make('p', title, 'quiet'));
  const rows = classes.some(({ alone }) => alone) ? classes.map((each) => [each]) : [classes];
  for (const row of rows) element.append(...barOf(row));
  return element;
}

// Two classes that are opposites have a colour each; of several, none has one of its own.
/** @param {ClassShare[]} classes */
function barOf(classes) {
  /** @param {ClassShare} share */
  const colorOf = ({ index, alone }) => (alone ? 'alone' : classes.length > 2 ? 'other' : String(index));
  const bar = make('div', '', 'bar');
  for (const share of classes) {
    const part = make('span', '', `class-${colorOf(share)}`);
    part.style.width = `${100 * share.probability}%`;
    bar.append(part);
  }
  const legend = make('p', '', 'legend');
  for (const share of classes) {
    legend.append(make('span', `${share.name} ${share.percent}`, `name-${colorOf(share)}`));
  }
  return [bar, legend];
}
