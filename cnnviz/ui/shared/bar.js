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

/** @param {ClassShare[]} classes */
function barOf(classes) {
  const bar = make('div', '', 'bar');
  for (const { index, probability, alone } of classes) {
    const part = make('span', '', alone ? 'alone' : `class-${index}`);
    part.style.width = `${100 * probability}%`;
    bar.append(part);
  }
  const legend = make('p', '', 'legend');
  for (const { index, name, percent, alone } of classes) {
    legend.append(make('span', `${name} ${percent}`, alone ? 'alone' : `name-${index}`));
  }
  return [bar, legend];
}
