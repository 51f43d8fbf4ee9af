// The tab of all layers: one file of all pictures, made when somebody asks for it.

/** @import { LayersPart } from '../shared/values' */

import { Questions } from '../shared/questions.js';

/** @param {LayersPart} part */
export function start({ element, props, trigger, watch }) {
  const questions = new Questions(trigger);
  element.addEventListener('click', ({ target }) => {
    if (!target.closest('[data-pack]')) return;
    const { token, colormap, scale } = props.value;
    questions.ask('pack', { token, colormap, scale });
  });
  watch('archive', () => {
    const reply = props.archive;
    if (!questions.settle('pack', reply)) return;
    element.querySelector('.all [role="status"]').textContent = reply.error ?? '';
    if (reply.gone) trigger('submit', {}); // the photo is shown anew, if it can be
    if (reply.url) Object.assign(document.createElement('a'), { href: reply.url, download: reply.name }).click();
  });
}
