// What is asked and shown of the why: for each chosen method a row with its maps, and how far to trust them.

/** @import { Job } from './jobs.js' */
/** @import { Send } from '../shared/part' */
/** @import { WhyMethod, WhyProps, WhySettings, WhyValue } from '../shared/values' */

import { readPalette } from '../shared/colors.js';
import { make } from '../shared/dom.js';
import { Jobs } from './jobs.js';
import { MANY, listChoices } from '../shared/menu.js';
import { fill } from '../shared/numbers.js';
import { Row } from './row.js';

/** @typedef {WhyMethod & { layer: string | null }} ChosenMethod */

const GAP = 16; // pixels between two maps

export class Reasons {
  // `describePhoto` gives the photo that is shown now.
  /** @param {Found} root @param {WhySettings} settings @param {() => WhyValue} describePhoto @param {Send} trigger */
  constructor(root, { words, methods, palettes }, describePhoto, trigger) {
    this.root = root;
    this.words = words;
    this.methods = methods;
    this.describePhoto = describePhoto;
    this.trigger = trigger;
    this.palettes = Object.fromEntries(Object.entries(palettes).map(([name, text]) => [name, readPalette(text)]));
    this.form = root.querySelector('form');
    this.rowsElement = root.querySelector('.rows');
    this.nothing = make('p', words.none, 'quiet');
    /** @type {Map<string, Row>} */
    this.rows = new Map(); // by key of their maps
    /** @type {{ maps: string, trust: string, method: ChosenMethod }[]} */
    this.keys = []; // of what is shown
    /** @type {Set<string>} */
    this.left = new Set(); // keys of the maps that the visitor did not wait to see examined
    /** @param {number} number */
    const rest = (number) => trigger('rest', { number });
    this.jobs = new Jobs(
      (kind, question) => this.ask(kind, question),
      rest,
      (key) => this.lose(key),
    );
  }

  get photo() {
    return this.describePhoto();
  }

  get isVisible() {
    return this.root.offsetParent !== null;
  }

  /** @param {string} kind @param {object} question */
  ask(kind, question) {
    this.trigger(kind, { token: this.photo.token, ...question });
  }

  /** @param {string} text */
  complain(text) {
    const trouble = this.root.querySelector('.trouble');
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  // An answer did not come: says so in its place, and goes on with the next.
  /** @param {string} key */
  lose(key) {
    this.jobs.answers.set(key, { error: this.words.lost });
    this.jobs.next();
    this.show(this.form.elements.trusted.value);
  }

  // Another photo, or another network: the choices stay as far as it has them.
  showPhoto() {
    const { classes, label, likely, layers, menu, layer } = this.photo;
    const { layer: layerField, other, trusted } = this.form.elements;
    listChoices(layerField, menu, layer, this.words.find_layer);
    if (!other.dataset.isChosen) other.replaceChildren(); // what the visitor did not choose follows the photo
    listChoices(other, this.otherClasses, likely[0].name, this.words.find_class);
    this.form.querySelector('.other').hidden = classes.length <= 2;
    this.form.querySelector('.other span').textContent = fill(this.words.other, { label });
    this.form.querySelector('.layer').hidden = layers.length === 0;
    for (const box of this.form.querySelectorAll('[data-reads-layer]')) box.disabled = layers.length === 0;
    trusted.replaceChildren();
    this.jobs.forget();
    this.rows.clear();
    this.keys = [];
    this.left.clear();
    this.rowsElement.replaceChildren();
    this.complain(layers.length ? '' : this.words.no_layers);
    this.refresh();
  }

  // The classes that the answer can be compared with: of many, the most probable first.
  get otherClasses() {
    const { classes, label, likely } = this.photo;
    const all = classes.filter((name) => name !== label).map((name) => ({ name, block: '', text: '' }));
    if (all.length <= MANY) return [{ title: '', entries: all }];
    const first = likely.map(({ name, percent }) => ({ name, block: '', text: percent }));
    const names = first.map(({ name }) => name);
    const rest = all.filter(({ name }) => !names.includes(name));
    return [
      { title: this.words.likely, entries: first },
      { title: this.words.unlikely, entries: rest },
    ];
  }

  // The two classes that are compared, in index order.
  get classes() {
    const { classes, label } = this.photo;
    const shown = [label, this.form.elements.other.value];
    return classes.filter((name) => shown.includes(name));
  }

  /** @returns {ChosenMethod[]} */
  get shown() {
    const { method: boxes, layer } = this.form.elements;
    const chosen = [...boxes].filter(({ checked, disabled }) => checked && !disabled).map(({ value }) => value);
    return this.methods
      .filter(({ key }) => chosen.includes(key))
      .map((method) => ({ ...method, layer: method.readsLayer ? layer.value : null }));
  }

  // Wants what is chosen now: first all maps, then how far to trust each.
  refresh() {
    if (!this.isVisible) {
      this.jobs.want([]);
      return;
    }
    const { label } = this.photo;
    offer(this.form.elements.trusted, this.classes, label);
    const trusted = this.form.elements.trusted.value;
    const maps = this.shown.map((method) => this.jobOf('explain', method, { classes: this.classes }));
    const trusts = this.shown.map((method) => this.jobOf('examine', method, { class: trusted }));
    this.keys = maps.map(({ key }, index) => ({ maps: key, trust: trusts[index].key, method: this.shown[index] }));
    this.left = new Set(trusts.map(({ key }) => key).filter((key) => this.left.has(key)));
    this.jobs.want([...maps, ...trusts.filter(({ key }) => !this.left.has(key))]);
    this.show(trusted);
  }

  /** @param {string} kind @param {ChosenMethod} method @param {object} what @returns {Job} */
  jobOf(kind, { key: method, layer }, what) {
    const question = { method, layer, ...what };
    return { kind, key: `${kind} ${JSON.stringify(question)}`, question };
  }

  /** @param {WhyProps['maps'] | WhyProps['trust']} reply */
  take(reply) {
    if (!reply || reply.asked.token !== this.photo.token || !this.jobs.take(reply)) return;
    if (reply.gone) {
      this.jobs.forget();
      this.complain(this.words.gone);
      this.trigger('submit', {});
    } else this.show(this.form.elements.trusted.value);
  }

  // Shows a row for each method: what there is of it, or how far it is.
  /** @param {string} trusted */
  show(trusted) {
    const rows = this.keys.map(({ maps, trust, method }) => {
      const row =
        this.rows.get(maps) ?? new Row(method, this.words, this.palettes, (key) => this.leave(method.key, key));
      this.rows.set(maps, row);
      row.tell(this.jobs, { maps, trust, isLeft: this.left.has(trust) }, trusted);
      return row;
    });
    const elements = rows.length ? rows.map(({ element }) => element) : [this.nothing];
    if (elements.some((element, index) => this.rowsElement.children[index] !== element)) {
      this.rowsElement.replaceChildren(...elements);
    }
    while (this.rowsElement.children.length > elements.length) this.rowsElement.lastChild.remove();
    this.draw();
  }

  // Leaves a method out, or only what this key stands for: how far to trust a map that is there.
  /** @param {string} method @param {string | null} key */
  leave(method, key) {
    if (key) this.left.add(key);
    else [...this.form.elements.method].find(({ value }) => value === method).checked = false;
    this.refresh();
  }

  draw() {
    const { view, opacity } = this.form.elements;
    const how = { view: view.value, opacity: opacity.value / 100 };
    this.form.querySelector('.opacity').hidden = how.view === 'raw';
    const room = Math.floor((this.rowsElement.clientWidth - GAP) / 2);
    if (room <= 0) return;
    for (const { maps } of this.keys) this.rows.get(maps)?.draw(how, this.photo, room);
  }
}

// Lists the choices of a menu; what was chosen stays if it is there, else it is the given one.
/** @param {Found} menu @param {string[]} names @param {string | null} otherwise */
function offer(menu, names, otherwise) {
  const before = menu.value;
  if ([...menu.options].map(({ value }) => value).join('\n') !== names.join('\n')) {
    menu.replaceChildren(...names.map((name) => new Option(name, name)));
    menu.value = names.includes(before) ? before : (otherwise ?? '');
  }
}
