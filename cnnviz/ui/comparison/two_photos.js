// Which two photos and which layer are compared. The server sends the layer of both, and ranks its channels.

/** @import { Send } from '../shared/part' */
/** @import { Pair } from './pairs.js' */
/** @import { ComparisonLayer, ComparisonProps, ComparisonSettings, ComparisonValue } from '../shared/values' */
/** @import { OtherAnswer, Ranking, Rankings } from '../shared/values' */

import { answerBar } from '../shared/bar.js';
import { readPalette } from '../shared/colors.js';
import { listChoices } from '../shared/menu.js';
import { count, fill, signed } from '../shared/numbers.js';
import { Pairs } from './pairs.js';
import { fetchSheet } from '../shared/sheet.js';

export const FEW = 12; // channels that are shown at first

export class TwoPhotos {
  // `describeFirst` gives the page's photo; `ask` asks the server.
  /**
   * @param {Found} root
   * @param {ComparisonSettings} settings
   * @param {() => ComparisonValue} describeFirst
   * @param {Send} ask
   */
  constructor(root, { words, palettes }, describeFirst, ask) {
    this.root = root;
    this.words = words;
    this.describeFirst = describeFirst;
    this.ask = ask;
    /** @type {OtherAnswer | null} */
    this.other = null;
    /** @type {object} */
    this.source = {}; // of the other photo: an example, or a file
    this.asked = this.source;
    /** @type {Pair} */
    this.pair = /** @type {any} */ (null); // until it is there
    this.turn = 0;
    this.showsAll = false;
    /** @param {string} selector */
    const find = (selector) => root.querySelector(selector);
    this.chooser = find('.chooser');
    this.second = find('.second');
    this.form = find('form');
    this.caption = find('.caption');
    this.all = find('[data-all]');
    const colors = Object.entries(palettes).map(([name, text]) => [name, readPalette(text)]);
    this.pairs = new Pairs(find('.pairs'), words, Object.fromEntries(colors));
    this.pairs.clear();
  }

  get first() {
    return this.describeFirst();
  }

  /** @returns {string} */
  get layer() {
    return this.form.elements.layer.value;
  }

  // Starts with the example that the server suggests, in the layer that it suggests.
  begin() {
    this.source = { example: this.first.example };
    this.showFirst();
  }

  // Shows the page's photo, in the same layer if its network has it, and compares it.
  showFirst() {
    listChoices(this.form.elements.layer, this.first.menu, this.first.layer, this.words.find_layer);
    this.showPhoto(this.root.querySelector('.first'), this.first);
    if (this.other) this.compare();
    else this.choose(this.source);
  }

  /** @param {Found} figure @param {Pick<OtherAnswer, 'seen' | 'label' | 'classes'>} photo */
  showPhoto(figure, { seen, label, classes }) {
    const image = figure.querySelector('img');
    image.src = seen.url;
    figure.style.setProperty('--ratio', String(seen.columns / seen.rows));
    figure.querySelector('figcaption').replaceChildren(answerBar(fill(this.words.answer, { label }), classes));
  }

  /** @param {string} text */
  complain(text) {
    const notice = this.chooser.querySelector('.notice');
    notice.textContent = text;
    notice.hidden = !text;
  }

  // Something else than was asked for last is on its way; tells which, so that of several the last one counts.
  wait() {
    this.turn += 1;
    this.second.classList.add('waiting');
    return this.turn;
  }

  /** @param {number} turn */
  isLast(turn) {
    return turn === this.turn;
  }

  // Asks for the answer to another photo.
  /** @param {object} source */
  choose(source) {
    this.wait();
    this.asked = source;
    this.ask('choose', source);
  }

  /** @param {ComparisonProps['other']} reply */
  receiveOther(reply) {
    this.second.classList.remove('waiting');
    this.complain(reply.error ? `${reply.error} ${this.other ? this.words.still : ''}` : '');
    if (reply.error) return;
    this.source = this.asked;
    this.other = reply;
    this.showPhoto(this.second, reply);
    this.compare();
  }

  // One of the photos is forgotten: both are looked at again when the page's own is there anew.
  forget() {
    this.other = null;
    this.pairs.clear();
    this.all.hidden = true;
    this.caption.textContent = this.words.gone;
  }

  // Asks for the layer of both photos. What is shown of the ones before goes, so that nothing is ever a mix.
  compare() {
    if (!this.other) return;
    this.pairs.clear();
    this.showsAll = false;
    this.all.hidden = true;
    this.form.querySelector('.order').hidden = true;
    this.caption.textContent = fill(this.words.loading, { layer: this.layer });
    this.ask('compare', { token: this.first.token, other: this.other.token, layer: this.layer });
  }

  /** @param {{ asked: Record<string, any> }} reply */
  isStale({ asked }) {
    return asked.token !== this.first.token || asked.other !== this.other?.token || asked.layer !== this.layer;
  }

  /** @param {ComparisonProps['pair']} reply */
  async receivePair(reply) {
    if (this.isStale(reply)) return;
    if (reply.error) {
      this.caption.textContent = reply.error;
      return;
    }
    const sheets = await Promise.all([reply.first, reply.second].map(fetchSheet)).catch(() => null);
    if (this.isStale(reply)) return; // another photo or layer was chosen meanwhile
    if (sheets === null) {
      this.caption.textContent = this.words.lost; // its files were deleted, or the server is gone
      return;
    }
    const layer = this.first.layers.find(({ name }) => name === reply.layer);
    const { unit } = /** @type {ComparisonLayer} */ (layer);
    this.pair = { ...reply, unit, first: sheets[0], second: sheets[1] };
    this.form.querySelector('.order').hidden = !reply.by.contribution;
    this.showPairs();
  }

  // Shows the channels, ranked as is chosen.
  showPairs() {
    const { pair, words } = this;
    /** @type {keyof Rankings} */
    const by = pair.by.contribution ? this.form.elements.order.value : 'mean';
    const { values, ranking } = /** @type {Ranking} */ (pair.by[by]);
    /** @param {number} value */
    const more = (value) => words.more[value < 0 ? 0 : value > 0 ? 1 : 2];
    /** @param {number} value */
    const adds = (value) => fill(words.adds, { value: signed(value), class: pair.class });
    const shown = this.showsAll ? ranking : ranking.slice(0, FEW);
    this.pairs.show(pair, shown, (channel) => (by === 'mean' ? more : adds)(values[channel]));
    const differ = values.filter((value) => value !== 0).length;
    const sentence = differ === 0 ? words.equal : words[/** @type {const} */ (`ranked_${by}`)];
    const numbers = { ...pair, differ: count(differ), all: count(values.length), total: signed(pair.total ?? 0) };
    this.caption.textContent = fill(sentence, numbers);
    this.all.textContent = fill(words.show_all, { number: count(ranking.length) });
    this.all.hidden = shown.length === ranking.length;
  }
}
