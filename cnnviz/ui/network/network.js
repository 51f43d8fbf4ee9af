// The network's diagram: a stage or a block in it opens its layers below.

/** @import { NetworkPart } from '../shared/values' */

import { reducesMotion } from '../shared/navigation.js';

/** @param {NetworkPart} part */
export function start({ element }) {
  element.addEventListener('click', ({ target }) => {
    const button = target.closest('.picture button');
    if (!button) return;
    const stage = element.querySelector(`#${button.getAttribute('aria-controls')}`);
    const number = target.closest('[data-block]')?.dataset.block;
    const block = number === undefined ? null : stage.querySelectorAll('.block')[Number(number)];
    const isOpen = stage.open && (block === null || block.open);
    if (block) block.open = !isOpen;
    if (!block || !isOpen) stage.open = !isOpen;
    if (!isOpen) (block ?? stage).scrollIntoView({ block: 'nearest', behavior: reducesMotion() ? 'auto' : 'smooth' });
  });
  // What is opened or folded in the list is marked in the diagram.
  /** @param {any} event */
  const follow = ({ target }) => {
    const stage = target.closest('.stage');
    const button = element.querySelector(`[aria-controls="${stage.id}"]`);
    button.setAttribute('aria-expanded', String(stage.open));
    const blocks = [...stage.querySelectorAll('.block')];
    for (const svg of button.querySelectorAll('svg')) {
      svg.classList.toggle('open', stage.open && blocks[Number(svg.dataset.block)].open);
    }
  };
  element.addEventListener('toggle', follow, { capture: true }); // which does not bubble
}
