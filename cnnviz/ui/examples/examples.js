// The examples: a click shows one; of clicks in a row, the last one counts.

/** @import { ExamplesPart } from '../shared/values' */

import { refuseLarge, takeFiles } from '../shared/files.js';

const APART_MS = 300; // requests sent at once may arrive in any order

/** @param {ExamplesPart} part */
export function start({ element, trigger, upload, settings }) {
  let waiting = false;
  /** @type {number | null} */
  let wanted = null;

  /** @param {number} index */
  function choose(index) {
    if (waiting) {
      wanted = index;
      return;
    }
    trigger('select', { index });
    waiting = true;
    setTimeout(() => {
      waiting = false;
      if (wanted !== null) choose(wanted);
      wanted = null;
    }, APART_MS);
  }

  element.addEventListener('click', (event) => {
    const button = event.target.closest('[data-example]');
    if (button) choose(Number(button.dataset.example));
  });
  const choice = /** @type {Found} */ (document.getElementById('choice'));
  refuseLarge(choice, settings.max_bytes, ({ size }) => trigger('upload', { path: null, size }));
  takeFiles(async (file) => {
    const path = await upload(file).then(
      (uploaded) => uploaded.path,
      () => null,
    );
    trigger('upload', { path, size: file.size });
  });
}
