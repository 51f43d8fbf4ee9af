// The examples: a click shows one.

import { takeFiles } from './files.js';

export function start({ element, trigger, upload }) {
  element.addEventListener('click', (event) => {
    const button = event.target.closest('[data-example]');
    if (button) trigger('select', { index: Number(button.dataset.example) });
  });
  takeFiles(async (file) => {
    const path = await upload(file).then((uploaded) => uploaded.path, () => null);
    trigger('upload', { path, size: file.size });
  });
}
