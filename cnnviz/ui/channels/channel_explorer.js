// What is looked into: a photo, one layer of it, and what is drawn of its channels.

/** @import { Link } from '../shared/link.js' */
/** @import { Sheet } from '../shared/sheet.js' */
/** @import { Send } from '../shared/part' */
/** @import { ChannelsProps, ChannelsSettings, ChannelsValue, LastStep } from '../shared/values' */

import { explain, label } from './captions.js';
import { brightest, readPalette } from '../shared/colors.js';
import { Detail } from './detail.js';
import { box, unitsSeeing } from '../shared/field.js';
import { readLink, readOff, readTab, writeLink, writeOff } from '../shared/link.js';
import { fill, short, signed } from '../shared/numbers.js';
import { COMPUTED, carriers, rank } from './ranking.js';
import { Settings } from './settings.js';
import { fetchSheet, zeroLevel } from '../shared/sheet.js';
import { Sight } from './photo_pointer.js';
import { correct, note, step } from '../shared/steps.js';
import { showSum } from './sum.js';
import { Switches } from './switches.js';
import { Tiles } from './tiles.js';

const NO_UNITS = { left: 0, top: 0, right: 0, bottom: 0 };

const NUM_STRONGEST = 10;

export class Explorer {
  // `describePhoto` gives the photo that is shown now; `ask` asks the server.
  /**
   * @param {Found} root
   * @param {ChannelsSettings} settings
   * @param {() => ChannelsValue} describePhoto
   * @param {Send} ask
   */
  constructor(root, { words, palettes }, describePhoto, ask) {
    this.root = root;
    this.words = words;
    this.describePhoto = describePhoto;
    /** @type {Send} */
    this.ask = (kind, question) => ask(kind, { token: this.photo.token, layer: this.layer.name, ...question });
    this.palettes = Object.fromEntries(Object.entries(palettes).map(([name, text]) => [name, readPalette(text)]));
    this.hint = matchMedia('(hover: none)').matches ? words.hint_touch : words.hint;
    this.settings = new Settings(root.querySelector('form'));
    this.tiles = new Tiles(root.querySelector('.tiles'), words);
    this.sight = new Sight(root.querySelector('.sight'));
    this.switches = new Switches(root.querySelector('.switches'), words, (/** @type {object} */ question) =>
      this.ask('ablate', question),
    );
    const inspect = (/** @type {object} */ question) => this.ask('inspect', { ...question, gray: this.showsGray });
    this.detail = new Detail(root.querySelector('dialog'), words, () => this.context, inspect);
    this.detail.askFilm = (channel) => this.layer.has_film && this.ask('film', { channel, gray: this.showsGray });
    this.caption = root.querySelector('.caption');
    this.forget();
  }

  // Forgets the layer: its sheet, that of the photo in black and white, and what was computed, by order.
  forget() {
    /** @type {Sheet} */
    this.sheet = /** @type {any} */ (null); // until it is there
    /** @type {Sheet | null} */
    this.gray = null;
    /** @type {Record<string, number[]>} */
    this.ranked = {};
    /** @type {number | null} */
    this.wanted = null;
    this.wantsStrongest = false;
  }

  get photo() {
    return this.describePhoto();
  }

  get layer() {
    return this.photo.layers[this.settings.layer];
  }

  get showsGray() {
    return this.settings.gray && this.gray !== null;
  }

  get shownSheet() {
    return this.showsGray ? /** @type {Sheet} */ (this.gray) : this.sheet;
  }

  // The last step, if this layer takes part in it.
  get sum() {
    return this.shownSheet?.sum ?? null;
  }

  get hasContributions() {
    return this.sum?.layer === this.layer.name && this.sheet.isSingle;
  }

  get showsContributions() {
    return this.hasContributions && this.settings.showsContributions;
  }

  get palette() {
    return this.palettes[this.sheet.signed ? 'signed' : this.settings.colormap];
  }

  get context() {
    const { seen, photo, colors } = this.photo;
    const { shownSheet: sheet, layer, palette } = this;
    return {
      sheet,
      layer,
      seen,
      photo,
      colors,
      palette,
      kernelPalette: this.palettes.signed,
      limit: (/** @type {number} */ c) => this.limit(c),
    };
  }

  // In black and white a channel keeps the brightness that it has in colour, so that what is lost is seen.
  /** @param {number} channel */
  limit(channel) {
    return brightest(this.sheet, channel, this.settings) || this.shownSheet.limits[channel];
  }

  // Shows a sentence of what was asked for and cannot be done; "" for none.
  /** @param {string} text */
  complain(text) {
    const trouble = this.root.querySelector('.trouble');
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  // Shows another photo, in the same layer if its network has it.
  showPhoto() {
    this.settings.list(this.photo, this.words.find_layer);
    this.settings.offerColors(this.photo.colors.length > 1);
    this.sight.show(this.photo.seen);
    this.switches.refresh();
  }

  // Where the page's address leads, or the layer to begin with.
  begin() {
    this.readSwitches();
    const { layer, channel } = this.asked;
    this.choose(layer, channel);
  }

  // Where the page's address leads now.
  follow() {
    this.noteSwitches();
    if (readTab(location.search) !== 'channels') {
      this.detail.shut();
      return;
    }
    const { layer, channel } = this.asked;
    if (layer !== this.settings.layer || this.sheet === null) this.choose(layer, channel);
    else if (channel === null) this.detail.shut();
    else this.open(channel);
  }

  // Shows the same layer of another photo, and the channel that the address asks for, if it does.
  again() {
    const { layer } = this.settings;
    const isAsked = readTab(location.search) === 'channels' && this.asked.layer === layer;
    this.choose(layer, isAsked ? this.asked.channel : null);
  }

  // The layer and the channel that the address asks for; what is wrong with it is said.
  get asked() {
    const asked = readLink(location.search, this.photo.layers);
    const { trouble } = asked;
    const details = /** @type {Required<Link>} */ (asked); // as many as the sentence has
    this.complain(trouble ? fill(this.words[`trouble_${trouble}`], details) : '');
    const first = this.photo.layers.findIndex(({ name }) => name === this.photo.layer);
    return { layer: asked.layer ?? first, channel: asked.channel };
  }

  // Switches off what the page's address says.
  readSwitches() {
    this.wantsStrongest = false;
    this.switches.off = readOff(location.search, this.photo.layers);
    this.switches.refresh();
    if (this.sheet !== null) this.strike();
  }

  noteSwitches() {
    note('off', writeOff(this.switches.off));
  }

  // Asks for a layer, and opens a channel when it is there. What is shown of the one before goes, so that nothing is
  // ever a mix.
  /** @param {number} index @param {number | null} channel */
  choose(index, channel = null) {
    this.settings.layer = index;
    this.root.dataset.layer = this.layer.name; // for the address, see navigation.js
    this.forget();
    this.wanted = channel;
    this.root.classList.add('waiting');
    this.tiles.element.replaceChildren();
    this.root.querySelector('.sum').hidden = true;
    if (this.detail.isOpen && channel === null) correct({ layer: this.layer.name });
    this.detail.shut();
    this.caption.textContent = fill(this.words.loading, this.layer);
    this.sight.mark(null);
    this.sight.say(this.hint);
    this.ask('look', {});
  }

  // Whether an answer is about another photo or layer than is looked into now.
  /** @param {{ asked: Record<string, any> }} reply */
  isStale({ asked }) {
    return asked.token !== this.photo.token || asked.layer !== this.layer.name;
  }

  // Says why there is nothing to show.
  /** @param {string} text */
  giveUp(text) {
    this.root.classList.remove('waiting');
    this.caption.textContent = text;
  }

  /** @param {ChannelsProps['sheet']} reply */
  async receive(reply) {
    if (reply.error) {
      this.giveUp(reply.error);
      return;
    }
    const sheet = await fetchSheet(reply).catch(() => null); // its file was deleted, or the server is gone
    if (this.isStale(reply)) return; // another photo or layer was chosen meanwhile
    if (sheet === null) {
      this.giveUp(this.words.lost);
      return;
    }
    this.root.classList.remove('waiting');
    this.sheet = sheet;
    this.tiles.build(sheet, this.layer.unit);
    this.refresh();
    this.askForRanking();
    if (this.wanted !== null) this.open(this.wanted);
    this.wanted = null;
  }

  askForRanking() {
    const { order } = this.settings;
    const by = this.settings.gray && !this.ranked.gray ? 'gray' : order;
    if (this.sheet !== null && COMPUTED.includes(by) && !this.ranked[by]) this.ask('rank', { by });
  }

  /** @param {ChannelsProps['ranking']} reply */
  async receiveRanking(reply) {
    if (this.isStale(reply)) return;
    if (reply.error) {
      this.complain(reply.error);
      return;
    }
    const gray = reply.sheet ? await fetchSheet(reply.sheet).catch(() => null) : this.gray;
    if (this.isStale(reply) || this.sheet === null) return;
    this.ranked[reply.by] = reply.values;
    this.gray = gray;
    this.refresh();
    if (reply.by === 'effects' && this.wantsStrongest) this.switchStrongest();
    this.askForRanking();
  }

  // Draws the channels as they are wanted now.
  refresh() {
    const { settings, sheet, layer, sum } = this;
    this.root.classList.toggle('gray', settings.gray);
    if (sheet === null) return;
    settings.offer({
      pull: layer.can_switch,
      contributions: this.hasContributions,
      telling: sheet.telling.values.length > 0,
      numChannels: sheet.numChannels,
    });
    const channels = rank(sheet, settings, this.ranked[settings.order]);
    const below = (/** @type {number} */ channel) => label(this, channel);
    if (sum && this.showsContributions) this.paintContributions(sum, channels, below);
    else this.tiles.paint(this.shownSheet, channels, (channel) => this.limit(channel), this.palette, below);
    this.strike();
    this.caption.textContent = explain(this);
    this.tiles.element.hidden = sheet.numChannels === 1 && sum !== null; // it is the sum that is shown instead
    const isLast = sum !== null && sum.layer !== layer.name;
    const open = (/** @type {number} */ unit) =>
      this.choose(
        this.photo.layers.findIndex(({ name }) => name === sum?.layer),
        unit,
      );
    showSum(this.root.querySelector('.sum'), isLast ? sum : null, this.words, open);
    if (this.detail.isOpen) this.detail.draw();
  }

  // Of two classes, orange is class 0 and purple class 1, whichever the answer is.
  /** @param {LastStep} sum @param {number[]} channels @param {(channel: number) => string} below */
  paintContributions(sum, channels, below) {
    const direction = sum.side === 0 ? -1 : 1;
    const largest = Math.max(...sum.values.map(Math.abs)) * this.settings.clip;
    const contributions = {
      value: (/** @type {number} */ unit) => direction * sum.values[unit],
      zero: zeroLevel(true),
    };
    const palette = this.palettes[sum.side === null ? 'signed' : 'evidence'];
    this.tiles.paint(this.shownSheet, channels, () => largest, palette, below, contributions);
  }

  // Opens a channel large.
  /** @param {number} channel */
  open(channel) {
    const wasOpen = this.detail.isOpen;
    this.settings.find = channel;
    this.detail.open(channel, this.switches.of(this.layer.name).has(channel));
    const place = { layer: this.layer.name, channel };
    if (wasOpen) correct(place);
    else step(place, { isDialog: true });
    this.detail.link.href = writeLink(location.search, place);
  }

  // Opens the channel so many places further in the order that is shown.
  /** @param {number} places */
  step(places) {
    const { shown } = this.tiles;
    this.open(shown[(shown.indexOf(this.detail.channel) + places + shown.length) % shown.length]);
  }

  // Switches a channel off, or on again.
  /** @param {number} channel */
  toggle(channel) {
    if (this.layer.can_switch) this.switches.toggle(this.layer.name, channel);
    else this.complain(fill(this.words.trouble_switch, this.layer));
    this.noteSwitches();
    this.strike();
  }

  // Switches those channels off that speak most for the answer, as soon as it is known which these are.
  switchStrongest() {
    const { name, can_switch } = this.layer;
    if (this.sheet === null) return;
    this.wantsStrongest = can_switch && !this.ranked.effects;
    if (!can_switch) this.complain(fill(this.words.trouble_switch, this.layer));
    if (this.wantsStrongest) {
      this.ask('rank', { by: 'effects' });
      this.complain(this.words.computing);
    }
    if (!this.ranked.effects) return;
    const strongest = carriers(this.ranked.effects, NUM_STRONGEST);
    this.complain(strongest.length ? '' : fill(this.words.strongest_none, { name, class: this.photo.label }));
    this.switches.set(name, new Set(strongest));
    this.noteSwitches();
    this.strike();
  }

  strike() {
    const off = this.switches.of(this.layer.name);
    this.tiles.strike(off, this.switches.isSwitching);
    this.switches.offer({ invert: off.size > 0 });
  }

  // Marks the tile of the number that is typed, or says why there is none.
  find() {
    const { find: number, hideSilent } = this.settings;
    if (this.sheet === null) return null;
    const exists = number !== null && Number.isInteger(number) && number >= 0 && number < this.sheet.numChannels;
    const isHidden = exists && hideSilent && this.sheet.isSilent(number);
    const values = { ...this.layer, number, last: this.sheet.numChannels - 1 };
    if (number !== null && !exists) this.complain(fill(this.words.trouble_channel, values));
    if (isHidden) this.complain(fill(this.words.trouble_hidden, values));
    const found = exists && !isHidden ? number : null;
    this.tiles.find(found);
    return found;
  }

  // Tells the value of a unit, and shows what it saw.
  /** @param {{ channel: number, row: number, column: number }} unit */
  read({ channel, row, column }) {
    const { words, shownSheet: sheet, layer } = this;
    this.sight.mark(box(layer.field, row, column));
    const values = { unit: layer.unit, channel, row, column, value: short(sheet.value(channel, row, column)) };
    const sentences = [fill(sheet.isSingle ? words.reading_unit : words.reading_map, values)];
    if (this.sum && this.showsContributions) {
      const { values: contributions, class: name } = this.sum;
      sentences.push(fill(words.adds, { value: signed(contributions[channel]), class: name }));
    }
    this.sight.say(sentences.join(' '));
  }

  // Lights up the units that see a pixel of the photo.
  /** @param {{ x: number, y: number }} place */
  lightUp({ x, y }) {
    if (this.sheet === null) return;
    const units = unitsSeeing(this.layer.field, x, y);
    this.tiles.light(units ?? NO_UNITS);
    const [down, across] = units ? [units.bottom - units.top, units.right - units.left] : [0, 0];
    this.sight.say(fill(units ? this.words.seen_by : this.words.unseen, { x, y, down, across }));
  }

  // Nothing is pointed at any more.
  clear() {
    this.tiles.light(null);
    this.sight.mark(null);
    this.sight.say(this.hint);
  }
}
