// The bar of an answer, with its words.

/** @import { ClassShare } from './values' */

import { make } from './dom.js';

/** @param {string} title @param {ClassShare[]} classes */
export function answerBar(title, classes) {
  const element = make('div', '', 'answer-bar');
  element.append(make('p', title, 'quiet'));
  const bar = make('div', '', 'bar');
  for (const { index, probability } of classes) {
    const part = make('span', '', `class-${index}`);
    part.style.width = `${100 * probability}%`;
    bar.append(part);
  }
  const legend = make('p', '', 'legend');
  for (const { index, name, percent } of classes) legend.append(make('span', `${name} ${percent}`, `name-${index}`));
  element.append(bar, legend);
  return element;
}
