// A method's row: its name, its maps, what their colours mean, and how far to trust them.

/** @import { Jobs } from './jobs.js' */
/** @import { ChosenMethod } from './methods.js' */
/** @import { MapFacts, MapsAnswer, TrustAnswer, WhyValue, WhyWords } from '../shared/values' */

import { cssColor } from '../shared/colors.js';
import { make } from '../shared/dom.js';
import { EvidenceMap, paletteOf } from './map.js';
import { fill, short } from '../shared/numbers.js';
import { FIRST, LAST } from '../shared/sheet.js';
import { showTrust } from './trust.js';

export class Row {
  // `leave` is called if the visitor does not want to wait any more: with the key of how far to trust a map, if that is
  // what is waited for.
  /**
   * @param {ChosenMethod} method
   * @param {WhyWords} words
   * @param {Record<string, Uint32Array>} palettes
   * @param {(key: string | null) => void} leave
   */
  constructor({ name, text, layer }, words, palettes, leave) {
    this.words = words;
    this.palettes = palettes;
    this.leave = leave;
    /** @type {EvidenceMap[] | null} */
    this.maps = null;
    /** @type {TrustAnswer | null} */
    this.shownTrust = null;
    /** @type {string | null} */
    this.trustKey = null;
    this.element = make('section', '', 'method');
    const head = make('header');
    const source = layer === null ? words.of_picture : fill(words.of_layer, { layer });
    head.append(make('h3', name), make('p', `${text} ${source}`, 'quiet'));
    this.mapsElement = make('div', '', 'maps');
    this.trustElement = make('div', '', 'trust');
    this.element.append(head, this.mapsElement, this.trustElement);
  }

  // Shows what the jobs gave under these keys, or how far they are.
  /** @param {Jobs} jobs @param {{ maps: string, trust: string, isLeft: boolean }} keys @param {string} trusted */
  tell(jobs, { maps, trust, isLeft }, trusted) {
    this.trustKey = trust;
    const answer = jobs.answers.get(maps);
    if (answer?.error) this.mapsElement.replaceChildren(make('p', answer.error, 'error'));
    else if (answer && this.maps === null) this.showMaps(answer);
    else if (!answer) this.wait(this.mapsElement, jobs, maps);
    const found = jobs.answers.get(trust);
    if (answer?.error || !answer) this.trustElement.replaceChildren();
    else if (found?.error) this.trustElement.replaceChildren(make('p', found.error, 'error'));
    else if (!found && isLeft) this.trustElement.replaceChildren(make('p', this.words.left, 'quiet'));
    else if (!found) this.wait(this.trustElement, jobs, trust);
    else if (this.shownTrust !== found) showTrust(this.trustElement, found, trusted, this.words);
    this.shownTrust = found ?? null;
  }

  /** @param {MapsAnswer} answer */
  showMaps({ maps, limit, signed: isSigned, legend }) {
    this.maps = maps.map((told) => new EvidenceMap({ ...told, limit, isSigned }, this.palettes, this.words));
    this.mapsElement.replaceChildren(
      ...this.maps.map(({ element }) => element),
      this.legendOf(maps[0], isSigned, limit, legend),
    );
    this.mapsElement.classList.toggle('single', maps.length === 1);
  }

  // What the colours stand for: from the lowest value to the highest.
  /** @param {MapFacts} map @param {boolean} isSigned @param {number} limit @param {string[]} names */
  legendOf({ side }, isSigned, limit, names) {
    const palette = this.palettes[paletteOf({ side, isSigned })];
    const bar = make('span', '', 'colors');
    const stops = Array.from({ length: 9 }, (_, index) =>
      cssColor(palette[FIRST + Math.round(((LAST - FIRST) * index) / 8)]),
    );
    bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    const legend = make('p', '', 'legend');
    const ends = [isSigned ? `${names[0]} ${short(limit)}` : names[0], `${names[1]} ${short(limit)}`];
    legend.append(make('span', ends[0]), bar, make('span', ends[1]));
    return legend;
  }

  /** @param {Found} element @param {Jobs} jobs @param {string} key */
  wait(element, { running }, key) {
    const isRunning = running?.key === key;
    let progress = element.querySelector('.progress');
    if (!progress) {
      progress = make('div', '', 'progress');
      const stop = make('button', this.words.stop);
      stop.type = 'button';
      stop.addEventListener('click', () => this.leave(element === this.trustElement ? this.trustKey : null));
      progress.append(make('progress'), make('span'), stop);
      element.replaceChildren(progress);
    }
    const [bar, text] = progress.children;
    text.textContent = isRunning ? this.words.working : this.words.waiting;
    if (isRunning && running.share !== null) bar.value = running.share;
    else bar.removeAttribute('value');
  }

  /** @param {{ view: string, opacity: number }} how @param {WhyValue} photo @param {number} room */
  draw(how, photo, room) {
    for (const map of this.maps ?? []) map.draw(how, photo, room);
  }
}
