// The colours of the strip and of all grids: a choice has them drawn anew.

/** @import { ColorsPart } from '../shared/values' */

/** @param {ColorsPart} part */
export function start({ element, props, trigger }) {
  const form = element.querySelector('form');
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    props.value = { colormap: form.elements.colormap.value, scale: form.elements.scale.value };
    trigger('input', {});
  });
}
