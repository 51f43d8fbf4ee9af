// A dialog that shows what the network makes of a picture while it changes: one question at a time is on its way, and of
// the pictures that come meanwhile only the last is asked about.

/** @import { AnswerClass, LivePart, LiveProps } from '../shared/values' */

import { make } from '../shared/dom.js';
import { evidenceBar } from '../shared/evidence.js';
import { showMade } from '../shared/files.js';
import { fill, share, signed } from '../shared/numbers.js';
import { Questions } from '../shared/questions.js';
import { leaveAll } from '../shared/steps.js';
import { Brush } from './brush.js';
import { Camera } from './camera.js';

const KIND = 'look';
const LONG = 20; // letters of an answer that has to be written smaller

export class Studio {
  /** @param {LivePart} part */
  constructor({ element, props, trigger, settings }) {
    this.props = props;
    this.words = settings.words;
    this.questions = new Questions(trigger);
    this.dialog = element.querySelector('dialog');
    this.canvas = this.find('canvas');
    /** @type {string | null} */
    this.kind = null; // what it shows; null while it is closed
    /** @type {number | null} */
    this.shown = null; // the evidence that is shown, if any is
    this.brush = new Brush(this.dialog, () => this.ask(this.brush.picture()));
    this.camera = new Camera(
      this.find('video'),
      () => this.questions.isWaiting(KIND),
      (picture) => this.ask(picture),
      (trouble) => this.complain(this.words[trouble]),
    );
    this.dialog.addEventListener('click', ({ target }) => {
      if ('close' in target.dataset) this.dialog.close();
      if ('keep' in target.dataset) this.keep();
    });
    this.dialog.addEventListener('close', () => this.kind && this.leave());
    window.addEventListener('pagehide', () => this.camera.stop());
  }

  /** @param {string} selectors */
  find(selectors) {
    return this.dialog.querySelector(selectors);
  }

  // Shows what the address asks for; closes the dialog if it asks for nothing.
  /** @param {string | null} kind */
  show(kind) {
    if (kind === this.kind) return;
    this.stop();
    if (kind !== 'brush' && kind !== 'camera') {
      this.dialog.close();
      return;
    }
    this.kind = kind;
    const isBrush = kind === 'brush';
    this.canvas.hidden = this.find('form').hidden = !isBrush;
    this.find('video').hidden = isBrush;
    this.find('h3').textContent = isBrush ? this.words.brush_title : this.words.camera_title;
    this.find('.help').textContent = isBrush ? this.words.brush_help : this.words.camera_help;
    this.find('.keys').textContent = isBrush ? this.words.brush_keys : '';
    this.find('[data-keep]').textContent = isBrush ? this.words.keep : this.words.freeze;
    this.find('.label').setAttribute('aria-live', isBrush ? 'polite' : 'off');
    if (!this.dialog.open) this.dialog.showModal();
    this.find('h3').focus();
    this.renew();
  }

  // Begins anew, with the photo that is shown now.
  renew() {
    if (!this.kind) return;
    const { value } = this.props;
    this.complain('');
    this.clear();
    this.find('.before').textContent = this.kind === 'brush' && value.percent ? fill(this.words.before, value) : '';
    if (this.kind === 'brush') this.brush.open(value, Number(this.dialog.clientWidth));
    else this.camera.start();
  }

  // Shows nothing, until there is an answer.
  clear() {
    this.find('.label').textContent = this.kind === 'camera' ? this.words.waiting : '';
    this.find('.label').classList.toggle('long', this.kind === 'camera');
    this.find('[data-keep]').hidden = true;
    for (const part of ['.rows', '.tiles', '.change', '.others']) this.find(part).replaceChildren();
    this.shown = null;
  }

  /** @param {string} text */
  complain(text) {
    this.find('.trouble').textContent = text;
    this.find('.trouble').hidden = !text;
  }

  /** @param {string} picture */
  ask(picture) {
    const { colormap, tiles, evidence } = this.props.value;
    const question = { picture, colormap, layers: tiles.map(({ name }) => name) };
    this.questions.ask(KIND, this.kind === 'brush' ? { ...question, class: evidence.name } : question);
  }

  // Takes the server's answer.
  take() {
    const reply = this.props.live;
    if (!this.questions.settle(KIND, reply) || !this.kind) return;
    this.complain(reply.error ?? '');
    if (!reply.error) this.draw(reply);
  }

  /** @param {LiveProps['live']} answer */
  draw({ label, percent, rows, others, logit, seen, pictures }) {
    const { tiles } = this.props.value;
    this.find('.label').textContent = `${label} ${percent}`;
    this.find('.label').classList.toggle('long', label.length > LONG);
    this.find('.others').textContent = others;
    if (logit !== null) this.drawEvidence(logit);
    this.find('[data-keep]').hidden = false;
    const all = this.find('.rows');
    all.classList.toggle('many', rows.length > 1);
    while (all.children.length < 2 * rows.length) all.append(make('div', '', 'bar'), make('p', '', 'legend'));
    while (all.children.length > 2 * rows.length) all.lastChild.remove();
    rows.forEach((row, index) => this.drawRow(row, all.children[2 * index], all.children[2 * index + 1]));
    const list = this.find('.tiles');
    if (list.children.length !== tiles.length + 1) {
      const texts = [this.words.seen, ...tiles.map(({ text }) => text)];
      list.replaceChildren(...texts.map((text) => makeTile(text)));
    }
    [seen, ...pictures].forEach((picture, index) => Object.assign(list.children[index].querySelector('img'), picture));
  }

  // Shows what is left of the evidence: percentages near 0 and 100 hardly move.
  /** @param {number} after */
  drawEvidence(after) {
    const { evidence } = this.props.value;
    const { name, before } = evidence;
    const covered = share(this.brush.covered());
    const change = fill(this.words.evidence_change, { before: signed(before), after: signed(after), share: covered });
    const bar = evidenceBar(
      { ...evidence, after },
      this.shown ?? before,
      fill(this.words.evidence_of, { name }),
      change,
    );
    this.find('.change').replaceChildren(bar);
    this.shown = after;
  }

  /** @param {AnswerClass[]} row @param {Found} bar @param {Found} legend */
  drawRow(row, bar, legend) {
    while (bar.querySelectorAll('span').length < row.length) bar.append(make('span'));
    row.forEach((each, index) => {
      const part = bar.querySelectorAll('span')[index];
      part.className = each.is_no ? 'no' : `class-${index}`;
      part.style.width = `${100 * each.probability}%`;
    });
    const before = this.kind === 'brush' && this.probabilityBefore(row[0].name);
    if (before !== false) {
      if (!bar.querySelector('i')) bar.append(make('i'));
      bar.querySelector('i').style.left = `clamp(2px, ${100 * before}%, 100% - 2px)`;
    } else bar.querySelector('i')?.remove();
    legend.replaceChildren(
      ...row.map((each, index) => make('span', `${each.name} ${each.percent}`, each.is_no ? 'no' : `name-${index}`)),
    );
  }

  // How probable a class was on the photo as it is; false if that is not known.
  /** @param {string} name @returns {number | false} */
  probabilityBefore(name) {
    return this.props.value.rows.flat().find((each) => each.name === name)?.probability ?? false;
  }

  // Makes an ordinary photo of the picture: the page shows it in all tabs.
  async keep() {
    const file = await (this.kind === 'brush' ? this.brush.file() : this.camera.file());
    this.dialog.close();
    showMade(file);
  }

  // The visitor has closed it.
  leave() {
    this.stop();
    leaveAll('live');
  }

  stop() {
    this.kind = null;
    this.camera.stop();
  }
}

/** @param {string} text */
function makeTile(text) {
  const [tile, frame, image] = [make('li'), make('span'), make('img')];
  image.alt = '';
  frame.append(image);
  tile.append(frame, make('small', text));
  return tile;
}
