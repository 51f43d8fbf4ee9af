// Two photos: the page's own, and another that is chosen here. This is where files, clicks and answers of the server
// come in.

/** @import { Send } from '../shared/part' */
/** @import { ComparisonPart } from '../shared/values' */

import { Questions } from '../shared/questions.js';
import { FEW, TwoPhotos } from './two_photos.js';

/** @param {ComparisonPart} part */
export function start({ element, props, trigger, upload, watch, settings }) {
  const questions = new Questions(trigger);
  /** @type {Send} */
  const ask = (kind, question) => questions.ask(kind, question);
  const comparison = new TwoPhotos(element.querySelector('.comparison'), settings, () => props.value, ask);
  followChooser(comparison, upload);
  followForm(comparison);
  /**
   * @template {Exclude<keyof ComparisonPart['props'], 'value'>} Prop
   * @param {Prop} prop
   * @param {string} kind
   * @param {(reply: ComparisonPart['props'][Prop]) => void} use
   */
  const listen = (prop, kind, use) =>
    watch(prop, () => {
      const reply = props[prop];
      if (!questions.settle(kind, reply)) return;
      if (reply.gone) {
        comparison.forget();
        trigger('submit', {}); // the page's photo is shown anew if it can be
      } else use(reply);
    });
  listen('other', 'choose', (reply) => comparison.receiveOther(reply));
  listen('pair', 'compare', (reply) => comparison.receivePair(reply));
  watch('value', () => comparison.showFirst());
  new ResizeObserver(() => comparison.pairs.resize()).observe(comparison.pairs.element);
  comparison.begin();
}

// The other photo is an example, or a file that is chosen, dropped or pasted.
/** @param {TwoPhotos} comparison @param {ComparisonPart['upload']} upload */
function followChooser(comparison, upload) {
  const { chooser } = comparison;
  const input = chooser.querySelector('input');
  /** @param {File | undefined} file */
  const take = async (file) => {
    if (!file) return;
    const turn = comparison.wait();
    const path = await upload(file).then(
      (uploaded) => uploaded.path,
      () => null,
    );
    if (comparison.isLast(turn)) comparison.choose({ path, size: file.size });
  };
  chooser.querySelector('.examples').append(document.querySelector('#examples ul').cloneNode(true));
  chooser.addEventListener('click', ({ target }) => {
    const example = target.closest('[data-example]');
    if (example) comparison.choose({ example: Number(example.dataset.example) });
    if ('choose' in target.dataset) input.click();
  });
  input.addEventListener('change', () => {
    take(input.files[0]);
    input.value = ''; // or the same file could not be chosen again
  });
  /** @param {Event} event @param {DataTransfer | null} data */
  const takeFrom = (event, data) => {
    if (!data?.files.length) return;
    event.preventDefault(); // or it would become the page's own photo
    take(data.files[0]);
  };
  for (const part of [chooser, comparison.second]) {
    part.addEventListener('drop', (event) => takeFrom(event, event.dataTransfer));
  }
  chooser.addEventListener('paste', (event) => takeFrom(event, event.clipboardData));
}

/** @param {TwoPhotos} comparison */
function followForm(comparison) {
  const { form, all } = comparison;
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', ({ target }) => {
    if (target.name === 'layer') comparison.compare();
    else comparison.showPairs();
  });
  all.addEventListener('click', () => {
    comparison.showsAll = true;
    comparison.showPairs();
    comparison.pairs.element.children[FEW].querySelector('a').focus();
  });
}
