// The brush and the camera: what they need is fetched when somebody first wants one.

/** @import { LivePart } from '../shared/values' */
/** @import { Studio } from './studio.js' */

import { note, stepIn } from '../shared/steps.js';

const NAME = 'live';
const CAMERA = 'camera';

const wanted = () => new URLSearchParams(location.search).get(NAME);

/** @param {LivePart} part */
export function start(part) {
  /** @type {Promise<Studio> | null} */
  let loading = null;
  const load = () => (loading ??= import('./studio.js').then(({ Studio }) => new Studio(part)));
  async function follow() {
    if (wanted() || loading) (await load()).show(wanted());
  }
  const trouble = troubleWithCamera();
  const top = /** @type {Found} */ (document.getElementById('top')); // the answer is made anew for each photo
  if (trouble) top.dataset.camera = trouble;
  if (wanted() === CAMERA) note(NAME, []); // no link switches a camera on
  part.watch('live', async () => (await load()).take());
  part.watch('value', async () => loading && (await loading).renew());
  window.addEventListener('popstate', follow);
  document.addEventListener('click', ({ target }) => {
    const button = target.closest?.('[data-live]');
    if (!button) return;
    stepIn(NAME, [button.dataset.live]);
    follow();
  });
  follow();
}

// Why no page could have a camera here, as far as can be told without asking for one.
/** @returns {'insecure' | 'forbidden' | ''} */
function troubleWithCamera() {
  if (!navigator.mediaDevices) return 'insecure';
  /** @type {any} */
  const { featurePolicy } = document; // not in every browser
  return featurePolicy && !featurePolicy.allowsFeature(CAMERA) ? 'forbidden' : '';
}
