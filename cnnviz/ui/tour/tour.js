// The tour: what it needs is fetched when somebody asks to be shown around.

/** @import { TourPart } from '../shared/values' */
/** @import { Guide } from './guide.js' */

/** @param {TourPart} part */
export function start(part) {
  /** @type {Promise<Guide> | null} */
  let loading = null;
  const load = () => (loading ??= import('./guide.js').then(({ Guide }) => new Guide(part)));
  document.addEventListener('click', async ({ target }) => {
    if (target.closest?.('[data-tour]')) (await load()).begin();
  });
  part.watch('tour', async () => (await load()).take());
}
