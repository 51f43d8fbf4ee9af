// The slider through the training: each of its places asks what the network of that moment makes of the photo.

/** @import { LearnedPart, LearnedProps, LearnedTiles, LearnedValue, Moment } from '../shared/values' */

import { answerBar } from '../shared/bar.js';
import { showCurve } from './curve.js';
import { make } from '../shared/dom.js';
import { dimWhileLooking } from '../shared/looking.js';
import { listChoices } from '../shared/menu.js';
import { reducesMotion } from '../shared/navigation.js';
import { count, fill } from '../shared/numbers.js';
import { Questions } from '../shared/questions.js';
import { cutRow } from '../shared/tile_row.js';

const MAX_KEPT = 60; // answers, so that going back asks nothing
const PAUSE_MS = 700; // that each moment is shown while it plays
const LOOK_MS = 5000; // between two looks for new moments

class Learned {
  /** @param {LearnedPart} part */
  constructor({ element, props, trigger, settings }) {
    this.element = element;
    this.props = props;
    this.words = settings.words;
    this.questions = new Questions(trigger);
    /** @type {Moment[]} */
    this.moments = [];
    this.index = 0;
    this.isInSight = false;
    /** @type {any} */
    this.playing = null;
    /** @type {Map<string, LearnedProps['moment']>} */
    this.answers = new Map();
    /** @type {Map<string, LearnedTiles | null>} */
    this.kernels = new Map();
    /** @type {LearnedProps['curve'] | null} */
    this.curve = null;
    this.asked = ''; // of which photo and moments the curve was asked for
    this.showPhoto();
  }

  /** @returns {LearnedValue} */
  get photo() {
    return /** @type {LearnedValue} */ (this.props.value);
  }

  /** @param {string} selectors */
  find(selectors) {
    return this.element.querySelector(`.learned ${selectors}`);
  }

  get key() {
    return this.moments[this.index].key;
  }

  get layer() {
    return this.find('[name="layer"]').value;
  }

  get name() {
    return [this.photo.token, this.key, this.layer].join('\n');
  }

  // Takes another photo, perhaps of another network.
  showPhoto() {
    if (!this.photo) return;
    listChoices(this.find('[name="layer"]'), this.photo.menu, this.photo.layer, this.words.find_layer);
    if (this.curve?.asked.token !== this.photo.token) this.curve = null;
    if (!this.curve) this.asked = '';
    this.pause();
    this.list(this.photo.moments);
  }

  // Takes the moments that there are: who is at one of them stays there, who is at the last one at the last one.
  /** @param {Moment[]} moments */
  list(moments) {
    const isLast = this.index === this.moments.length - 1;
    const before = this.moments[this.index]?.key;
    this.moments = moments;
    const found = moments.findIndex(({ key }) => key === before);
    this.index = isLast || found < 0 ? Math.max(moments.length - 1, 0) : found;
    this.find('.none')
      .closest('.learned')
      .classList.toggle('empty', moments.length === 0);
    this.find('.way input').max = Math.max(moments.length - 1, 0);
    this.refresh();
  }

  /** @param {number} index */
  go(index) {
    this.index = index;
    this.refresh();
  }

  // Asks whether there are new moments, if somebody would see them.
  look() {
    if (this.photo?.is_growing && this.isInSight && !document.hidden) this.questions.ask('renew', {});
  }

  // Shows the moment, or asks for it. Of what is not in sight nothing is asked.
  refresh() {
    if (this.moments.length === 0) return; // the training has not begun
    const { title } = this.moments[this.index];
    const slider = this.find('.way input');
    slider.value = this.index;
    slider.setAttribute('aria-valuetext', title);
    this.find('output').textContent = title;
    if (this.curve) showCurve(this.find('.curve'), this.curve, this.key, this.words);
    const answer = this.answers.get(this.name);
    if (answer) this.show(answer);
    this.find('.bars').closest('.learned').classList.toggle('waiting', !answer);
    if (!this.isInSight) return;
    const { token } = this.photo;
    if (!answer) {
      const kernels = !this.kernels.has(this.key);
      this.questions.ask('look', { token, moment: this.key, layer: this.layer, kernels });
    }
    const asked = [token, ...this.moments.map(({ key }) => key)].join('\n');
    if (this.asked !== asked) {
      this.asked = asked;
      if (!this.curve) {
        const waiting = fill(this.words.computing, { number: count(this.moments.length) });
        this.find('.curve').replaceChildren(make('p', waiting, 'quiet'));
      }
      this.questions.ask('follow', { token });
    }
  }

  /** @param {LearnedProps['moment']} answer */
  receive(answer) {
    const { token, moment, layer } = answer.asked;
    this.complain(answer.error ?? '');
    if (answer.error) {
      this.pause();
      return;
    }
    keep(this.answers, [token, moment, layer].join('\n'), answer);
    if (answer.asked.kernels) keep(this.kernels, moment, answer.kernels);
    this.refresh();
    if (this.playing !== null) this.wait();
  }

  /** @param {LearnedProps['curve']} curve */
  receiveCurve(curve) {
    if (curve.error) {
      this.asked = ''; // what it says may hold for a moment only
      this.find('.curve').replaceChildren(make('p', curve.error, 'quiet'));
    } else {
      this.curve = curve;
      this.refresh();
    }
  }

  /** @param {LearnedProps['moment']} answer */
  show({ classes, maps, shows_all: isWhole, measured, probes }) {
    this.find('.bars').replaceChildren(answerBar('', classes));
    this.find('.measured div').replaceChildren(...measured.map((sentence) => make('p', sentence)));
    this.find('.probes').hidden = probes.length === 0;
    this.find('.probes dl').replaceChildren(
      ...probes.flatMap(({ name, text, share }) => {
        const [value, bar, part] = [make('dd'), make('span', '', 'bar'), make('span')];
        part.style.width = `${100 * share}%`;
        bar.append(part);
        value.append(bar, make('span', text));
        return [make('dt', name), value];
      }),
    );
    const number = count(maps.tiles.length);
    this.find('.maps .quiet').textContent = isWhole ? this.words.maps_all : fill(this.words.maps_text, { number });
    showTiles(this.find('.maps .tile-row'), maps);
    const kernels = this.kernels.get(this.key);
    this.find('.patterns').hidden = !kernels;
    if (kernels) showTiles(this.find('.patterns .tile-row'), kernels);
  }

  /** @param {string} text */
  complain(text) {
    this.find('.trouble').textContent = text;
    this.find('.trouble').hidden = !text;
  }

  // Goes through all moments, from the first one if the last one is shown.
  play() {
    this.find('.way button').textContent = this.words.pause;
    this.playing = 0;
    if (this.index === this.moments.length - 1) this.go(0);
    if (this.answers.has(this.name)) this.wait();
  }

  pause() {
    clearTimeout(this.playing);
    this.playing = null;
    this.find('.way button').textContent = reducesMotion() ? this.words.next : this.words.play;
  }

  // Shows the next moment in a while.
  wait() {
    clearTimeout(this.playing);
    this.playing = setTimeout(() => {
      if (this.index >= this.moments.length - 1 || !this.isInSight) {
        this.pause();
        return;
      }
      this.go(this.index + 1);
      if (this.answers.has(this.name)) this.wait();
    }, PAUSE_MS);
  }
}

/** @template T @param {Map<string, T>} map @param {string} key @param {T} value */
function keep(map, key, value) {
  map.set(key, value);
  if (map.size > MAX_KEPT) map.delete(/** @type {string} */ (map.keys().next().value));
}

/** @param {Found} element @param {LearnedTiles} tiles */
function showTiles(element, { row, tiles }) {
  const focused = [...element.children].indexOf(document.activeElement);
  const pictures = cutRow(element, row);
  element.replaceChildren(
    ...tiles.map(({ address, below, text }, index) => {
      const link = make('a', '', 'closer');
      link.href = address;
      link.title = link.ariaLabel = text;
      link.append(pictures[index], make('span', below));
      return link;
    }),
  );
  element.children[focused]?.focus({ preventScroll: true });
}

/** @param {LearnedPart} part */
export function start(part) {
  const { element, props, trigger, watch } = part;
  const learned = new Learned(part);
  element.addEventListener('input', ({ target }) => {
    if (target.type === 'range') {
      learned.pause();
      learned.go(Number(target.value));
    } else if (target.name === 'layer') learned.refresh();
  });
  element.addEventListener('submit', (event) => event.preventDefault());
  element.addEventListener('click', ({ target }) => {
    if (!target.matches('.way button')) return;
    if (reducesMotion()) learned.go((learned.index + 1) % learned.moments.length);
    else if (learned.playing === null) learned.play();
    else learned.pause();
  });
  new IntersectionObserver((entries) => {
    learned.isInSight = entries.some(({ isIntersecting }) => isIntersecting);
    if (!learned.isInSight || !learned.photo) return;
    learned.look();
    learned.refresh();
  }).observe(element);
  dimWhileLooking(element, watch);
  /**
   * @template {'moment' | 'curve' | 'moments'} Prop
   * @param {Prop} prop
   * @param {string} kind
   * @param {(reply: LearnedProps[Prop]) => void} use
   */
  const listen = (prop, kind, use) =>
    watch(prop, () => {
      const reply = props[prop];
      if (!learned.questions.settle(kind, reply) || !learned.photo) return;
      if ('token' in reply.asked && reply.asked.token !== learned.photo.token) {
        learned.refresh(); // another photo was chosen meanwhile
        return;
      }
      if (!reply.gone) {
        use(reply);
        return;
      }
      learned.complain(learned.words.gone);
      trigger('submit', {});
    });
  listen('moment', 'look', (reply) => learned.receive(reply));
  listen('curve', 'follow', (reply) => learned.receiveCurve(reply));
  listen('moments', 'renew', ({ moments }) => moments && learned.list(moments));
  watch('value', () => {
    if (!learned.photo) {
      clearTimeout(learned.playing); // a model without a timeline came in
      return;
    }
    learned.complain('');
    learned.showPhoto();
  });
  setInterval(() => learned.look(), LOOK_MS);
}
