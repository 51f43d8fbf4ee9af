// The news that another model is in: a click has it look at the photo that is shown.

/** @import { NewsPart } from '../shared/values' */

/** @param {NewsPart} part */
export function start({ element, trigger }) {
  element.addEventListener('click', (event) => {
    if (event.target.closest('button')) trigger('select', {});
  });
}
