// What to look at: a click shows an example, and a file that is dropped or pasted anywhere is sent and shown.

/** @import { ExamplesPart } from '../shared/values' */

import { refuseLarge, takeFiles } from '../shared/files.js';

/** @param {ExamplesPart} part */
export function start({ element, trigger, upload, settings }) {
  const chosen = element.closest('#examples');
  /** @param {string} path @param {string} url */
  function show(path, url) {
    chosen.photo = { path, url, meta: { _type: 'gradio.FileData' } };
    trigger('select', {});
  }
  /** @param {File} file */
  const refuse = ({ size }) => trigger('delete', { size });

  element.addEventListener('click', (event) => {
    const button = event.target.closest('[data-example]');
    if (button) show(button.dataset.path, new URL(button.dataset.address, document.baseURI).href);
  });
  const choice = /** @type {Found} */ (document.getElementById('choice'));
  refuseLarge(choice, settings.max_bytes, refuse);
  takeFiles((file) =>
    upload(file).then(
      ({ path, url }) => show(path, url),
      () => refuse(file),
    ),
  );
}
