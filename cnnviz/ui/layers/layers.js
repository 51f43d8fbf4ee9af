// The tab of all layers: one file of everything, and one to read, made when somebody asks for it; the tiles, which are
// doors; and the stages and blocks of a long network, of which only those that are open are drawn.

/** @import { LayersPart } from '../shared/values' */

import { openDoors } from './doors.js';
import { download } from '../shared/download.js';
import { layerSelector } from '../shared/navigation.js';
import { Questions } from '../shared/questions.js';

/** @param {LayersPart} part */
export function start({ element, props, trigger, watch }) {
  const questions = new Questions(trigger);
  const status = () => element.querySelector('.all [role="status"]');
  let wanted = { stage: props.value.open_stage, blocks: props.value.open_blocks };

  /** @param {{ stage: number | null, blocks: number[] }} opening */
  function open(opening) {
    wanted = opening;
    element.setAttribute('aria-busy', 'true');
    const { token, colormap, scale } = props.value;
    questions.ask('open', { token, colormap, scale, ...opening });
  }

  element.addEventListener('click', ({ target }) => {
    const [stage, block] = [target.closest('[data-stage]'), target.closest('[data-block]')];
    if (stage) open({ stage: Number(stage.dataset.stage), blocks: [] });
    if (block) {
      const { open_stage, open_blocks } = props.value;
      const number = Number(block.dataset.block);
      const others = open_blocks.filter((each) => each !== number);
      const isOpen = others.length < open_blocks.length;
      open({ stage: open_stage, blocks: isOpen ? others : [...others, number] });
    }
    const kind = target.closest('[data-pack]') ? 'pack' : target.closest('[data-report]') ? 'report' : null;
    if (!kind) return;
    const { token, colormap, scale, words } = props.value;
    status().innerHTML = words.preparing; // all values of a template are HTML
    questions.ask(kind, { token, colormap, scale });
  });
  /** @param {string} name */
  const find = (name) =>
    /** @type {any} */ (props.value.stages.flatMap(({ layers }) => layers).find((layer) => layer.name === name));
  openDoors(element, find, () => props.value.words.tile);
  // A layer that something on the page leads to: its stage and its block are opened if they are not.
  element.addEventListener('wanted', (event) => {
    const place = props.value.places[event.detail];
    if (!place || element.querySelector(layerSelector(event.detail))) return;
    const blocks = place.block === null ? [] : [place.block];
    const others = place.stage === props.value.open_stage ? props.value.open_blocks : [];
    open({ stage: place.stage, blocks: [...others, ...blocks] });
  });
  watch('value', () => {
    // Another photo: what was open is opened again.
    const { open_stage, open_blocks } = props.value;
    const isSame = open_stage === wanted.stage && open_blocks.join() === wanted.blocks.join();
    if (open_stage !== null && wanted.stage !== null && !isSame) open(wanted);
  });
  watch('opened', () => {
    const reply = props.opened;
    if (!questions.settle('open', reply)) return;
    element.removeAttribute('aria-busy');
    tell(reply);
    if (!reply.value || reply.value.token !== props.value.token) return;
    const focused = document.activeElement?.closest?.('[data-stage], [data-block]')?.dataset;
    props.value = reply.value;
    wanted = { stage: reply.value.open_stage, blocks: reply.value.open_blocks };
    if (focused) requestAnimationFrame(() => focusAgain(focused));
  });
  watch('archive', () => {
    const reply = props.archive;
    if (!questions.settle('pack', reply)) return;
    tell(reply);
    if (reply.url) download(reply);
  });
  watch('page', () => {
    const reply = props.page;
    if (!questions.settle('report', reply)) return;
    tell(reply);
    if (reply.url) download(reply);
  });

  /** @param {{ error?: string, gone?: boolean }} reply */
  function tell(reply) {
    status().textContent = reply.error ?? '';
    if (reply.gone) trigger('submit', {}); // the photo is shown anew, if it can be
  }

  // The button that was pressed is a new one now.
  /** @param {Record<string, string>} before */
  function focusAgain({ stage, block }) {
    for (const button of element.querySelectorAll('[data-stage], [data-block]')) {
      if (button.dataset.stage === stage && button.dataset.block === block) button.focus({ preventScroll: true });
    }
  }
}
