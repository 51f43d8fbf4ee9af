// The way back from the answer: what it needs is fetched when somebody first takes it.

/** @import { FollowPart } from '../shared/values' */
/** @import { Way } from './way.js' */

import { readWay } from '../shared/link.js';
import { stepIn } from '../shared/steps.js';

/** @param {FollowPart} part */
export function start(part) {
  /** @type {Promise<Way> | null} */
  let loading = null;
  const load = () => (loading ??= import('./way.js').then(({ Way }) => new Way(part)));
  async function follow() {
    const steps = readWay(location.search);
    if (steps.length || loading) (await load()).show(steps);
  }
  part.watch('value', follow);
  for (const prop of /** @type {const} */ (['step', 'loss', 'sum'])) {
    part.watch(prop, async () => (await load()).take(prop));
  }
  window.addEventListener('popstate', follow);
  document.addEventListener('click', ({ target }) => {
    const button = target.closest?.('[data-follow]');
    if (!button) return;
    stepIn('follow', [button.dataset.follow]);
    follow();
  });
  follow();
}
