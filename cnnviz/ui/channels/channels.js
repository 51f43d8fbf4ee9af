// The channel explorer: all channels of a layer, looked into. The server sends a layer once; colours, order and
// receptive fields are then worked out here. This is where pointer, keyboard and answers of the server come in.

/** @import { Send } from '../shared/part' */
/** @import { ChannelsPart } from '../shared/values' */

import { isShortcut } from '../shared/dom.js';
import { Explorer } from './channel_explorer.js';
import { Questions } from '../shared/questions.js';
import { leave, step } from '../shared/steps.js';

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {ChannelsPart} part */
export function start({ element, props, trigger, watch, settings }) {
  const questions = new Questions(trigger);
  /** @type {Send} */
  const ask = (kind, question) => questions.ask(kind, question);
  const explorer = new Explorer(element.querySelector('.channels'), settings, () => props.value, ask);
  followForm(explorer);
  followTiles(explorer);
  followSight(explorer);
  followSwitches(explorer);
  followDetail(explorer);
  followServer(explorer, questions, { props, trigger, watch });
  new ResizeObserver(() => explorer.tiles.resize()).observe(explorer.tiles.element);
  window.addEventListener('popstate', () => explorer.follow());
  explorer.showPhoto();
  explorer.begin();
}

/** @param {Explorer} explorer */
function followForm(explorer) {
  const { settings } = explorer;
  settings.form.addEventListener('submit', (event) => event.preventDefault());
  settings.fields.find.addEventListener('keydown', (event) => {
    const found = event.key === 'Enter' ? explorer.find() : null;
    if (found === null) return;
    explorer.tiles.focus(found);
    event.preventDefault(); // or the tile would be pressed as well
  });
  settings.form.addEventListener('input', ({ target }) => {
    explorer.complain('');
    if (target.name === 'layer') {
      explorer.choose(settings.layer);
      step({ layer: explorer.layer.name });
    } else if (target.name === 'find') explorer.find();
    else {
      settings.follow(target.name);
      explorer.askForRanking();
      explorer.refresh();
    }
  });
}

/** @param {Explorer} explorer */
function followTiles(explorer) {
  const { tiles, switches } = explorer;
  const board = tiles.element;
  board.addEventListener('pointermove', (event) => {
    const at = explorer.sheet && event.pointerType !== 'touch' ? tiles.at(event) : null;
    if (at) explorer.read(at);
  });
  board.addEventListener('pointerleave', () => explorer.clear());
  board.addEventListener('focusin', ({ target }) => {
    const channel = Number(target.dataset.channel);
    const [row, column] = explorer.shownSheet.peak(channel);
    if (target.matches(':focus-visible')) explorer.read({ channel, row, column });
  });
  board.addEventListener('click', (event) => {
    const at = tiles.at(event);
    if (at && switches.isSwitching) explorer.toggle(at.channel);
    else if (at) explorer.open(at.channel);
  });
  board.addEventListener('keydown', (event) => {
    if (isShortcut(event)) return;
    const channel = Number(event.target.dataset.channel);
    if (event.key in STEPS) tiles.focus(tiles.neighbour(channel, STEPS[event.key]));
    else if (event.key.toLowerCase() === 'x') explorer.toggle(channel);
    else return;
    event.preventDefault();
  });
}

/** @param {Explorer} explorer */
function followSight(explorer) {
  const { sight } = explorer;
  for (const event of ['pointermove', 'pointerdown']) {
    sight.frame.addEventListener(event, (pointer) => explorer.lightUp(sight.at(pointer)));
  }
  // A finger leaves with every tap: what it lit up stays to be looked at.
  sight.frame.addEventListener('pointerleave', ({ pointerType }) => pointerType !== 'touch' && explorer.clear());
  sight.frame.addEventListener('keydown', (event) => {
    if (isShortcut(event) || !(event.key in STEPS)) return;
    explorer.lightUp(sight.step(STEPS[event.key]));
    event.preventDefault();
  });
  sight.frame.addEventListener('blur', () => explorer.clear());
}

/** @param {Explorer} explorer */
function followSwitches(explorer) {
  const { switches, tiles } = explorer;
  /** @type {Record<string, () => void>} */
  const presses = {
    mode: () => switches.toggleMode(),
    invert: () => switches.invert(explorer.layer.name, explorer.sheet.numChannels),
    reset: () => switches.reset(),
    strongest: () => explorer.switchStrongest(),
  };
  switches.element.addEventListener('click', ({ target }) => {
    presses[target.dataset.switch]?.();
    explorer.noteSwitches();
    tiles.element.classList.toggle('switching', switches.isSwitching);
    if (explorer.sheet !== null) explorer.strike();
  });
  document.addEventListener('switches-restored', () => explorer.readSwitches());
}

/** @param {Explorer} explorer */
function followDetail(explorer) {
  const { detail, tiles } = explorer;
  detail.dialog.addEventListener('click', ({ target }) => {
    if (target.dataset.step) explorer.step(Number(target.dataset.step));
    if ('close' in target.dataset) detail.dialog.close();
  });
  detail.off.addEventListener('change', () => explorer.toggle(detail.channel));
  detail.onLeave = () => {
    leave({ layer: explorer.layer.name });
    tiles.focus(detail.channel);
  };
}

// Hands the server's answers on that are still wanted. If it forgot the photo, the photo is shown anew if it can be.
/**
 * @param {Explorer} explorer
 * @param {Questions} questions
 * @param {Pick<ChannelsPart, 'props' | 'trigger' | 'watch'>} part
 */
function followServer(explorer, questions, { props, trigger, watch }) {
  /**
   * @template {Exclude<keyof ChannelsPart['props'], 'value'>} Prop
   * @param {Prop} prop
   * @param {string} kind
   * @param {(reply: ChannelsPart['props'][Prop]) => void} use
   */
  const listen = (prop, kind, use) =>
    watch(prop, () => {
      const reply = props[prop];
      if (!questions.settle(kind, reply) || reply.asked.token !== explorer.photo.token) return;
      if (!reply.gone) {
        use(reply);
        return;
      }
      explorer.giveUp(explorer.words.gone);
      trigger('submit', {});
    });
  listen('sheet', 'look', (reply) => explorer.receive(reply));
  listen('ranking', 'rank', (reply) => explorer.receiveRanking(reply));
  listen('details', 'inspect', (reply) => explorer.detail.tell(reply));
  listen('frames', 'film', (reply) => explorer.detail.showFilm(reply));
  listen('ablation', 'ablate', (reply) => explorer.switches.show(reply));
  watch('value', () => {
    explorer.showPhoto();
    explorer.again();
  });
}
