// The tab on the why: this is where the form, and the answers of the server come in.

/** @import { WhyPart } from '../shared/values' */

import { Reasons } from './methods.js';

/** @param {WhyPart} part */
export function start({ element, props, trigger, watch, settings }) {
  const reasons = new Reasons(element.querySelector('.why'), settings, () => props.value, trigger);
  for (const prop of /** @type {const} */ (['maps', 'trust'])) watch(prop, () => reasons.take(props[prop]));
  watch('value', () => reasons.showPhoto());
  reasons.form.addEventListener('submit', (event) => event.preventDefault());
  reasons.form.addEventListener('input', ({ target }) => {
    if (target.name === 'other') target.dataset.isChosen = 'true';
    reasons.refresh();
  });
  new ResizeObserver(() => reasons.draw()).observe(reasons.rowsElement);
  new IntersectionObserver(() => reasons.refresh()).observe(reasons.root); // nothing is computed that nobody looks at
  reasons.showPhoto();
}
