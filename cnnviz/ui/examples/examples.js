// What to look at: a click shows an example, and a file that is dropped or pasted anywhere is sent and shown.

/** @import { ExamplesPart } from '../shared/values' */

import { refuseLarge, takeFiles } from '../shared/files.js';
import { BEGINS } from '../shared/looking.js';
import { note } from '../shared/steps.js';

/** @param {ExamplesPart} part */
export function start({ element, trigger, upload, settings }) {
  const chosen = element.closest('#examples');
  /** @param {string} path @param {string} url */
  function show(path, url) {
    chosen.photo = { path, url, meta: { _type: 'gradio.FileData' } };
    trigger('select', {});
  }
  /** @param {File} file */
  const refuse = ({ size }) => {
    chosen.refused = size;
    trigger('delete', {});
  };

  /** @param {Found} button */
  const showExample = ({ dataset }) => show(dataset.path, new URL(dataset.address, document.baseURI).href);

  element.addEventListener('click', (event) => {
    const button = event.target.closest('[data-example]');
    if (button) showExample(button);
  });
  const examples = () => [...element.querySelectorAll('[data-example]')];
  // The address tells which example is shown, but for the first, which the page opens on; of a photo it tells nothing.
  let shown = new URLSearchParams(location.search).get('example');
  const noteExample = () => note('example', shown === null ? [] : [shown]);
  document.addEventListener(BEGINS, ({ detail }) => {
    const number = examples().findIndex(({ dataset }) => dataset.path === detail);
    shown = number > 0 ? examples()[number].dataset.name : null;
    noteExample();
  });
  window.addEventListener('popstate', noteExample);
  const asked = examples().find(({ dataset }) => dataset.name === shown);
  if (asked) showExample(asked);
  else shown = null;
  const choice = /** @type {Found} */ (document.getElementById('choice'));
  refuseLarge(choice, settings.max_bytes, refuse);
  takeFiles((file) =>
    upload(file).then(
      ({ path, url }) => show(path, url),
      () => refuse(file),
    ),
  );
}
