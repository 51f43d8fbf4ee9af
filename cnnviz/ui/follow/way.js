// The way back: the last step of it is taken apart; each term that it shows can be followed.

/** @import { FollowPart, FollowProps, WayStep, WayTerm, WayTile } from '../shared/values' */

import { make } from '../shared/dom.js';
import { inset } from '../shared/field.js';
import { fill } from '../shared/numbers.js';
import { Questions } from '../shared/questions.js';
import { leaveAll, note, stepIn } from '../shared/steps.js';

/** @typedef {import('./convolution.js').Convolution} Convolution */

const KINDS = { step: 'follow', loss: 'lose', sum: 'compute' };

export class Way {
  /** @param {FollowPart} part */
  constructor({ element, props, trigger, settings }) {
    this.props = props;
    this.trigger = trigger;
    this.words = settings.words;
    this.questions = new Questions(trigger);
    /** @type {Found} */
    this.dialog = element.querySelector('dialog');
    /** @type {string[]} */
    this.steps = []; // as the address has them
    /** @type {WayStep | null} */
    this.step = null;
    /** @type {Convolution | null} */
    this.convolution = null;
    this.dialog.addEventListener('click', (event) => this.press(event));
    this.dialog.addEventListener('close', () => {
      if (!this.steps.length) return;
      this.steps = []; // or an answer that still comes would be shown
      leaveAll('follow');
    });
    for (const kind of ['pointerover', 'focusin']) this.dialog.addEventListener(kind, (event) => this.hint(event));
    for (const kind of ['pointerout', 'focusout']) this.dialog.addEventListener(kind, () => this.hint(null));
  }

  /** @param {string} selectors */
  find(selectors) {
    return this.dialog.querySelector(selectors);
  }

  // Shows the way that the address asks for; closes it if it asks for none.
  /** @param {string[]} steps */
  show(steps) {
    this.steps = steps;
    if (!steps.length) {
      this.convolution?.stop();
      this.dialog.close();
      return;
    }
    if (!this.dialog.open) {
      this.dialog.showModal();
      this.find('#way-title').focus();
    }
    this.dialog.setAttribute('aria-busy', 'true');
    this.questions.ask('follow', { token: this.props.value.token, way: steps });
  }

  // Takes an answer of the server.
  /** @param {'step' | 'loss' | 'sum'} prop */
  async take(prop) {
    const reply = this.props[prop];
    if (!this.questions.settle(KINDS[prop], reply) || !this.steps.length) return;
    this.dialog.removeAttribute('aria-busy');
    if (reply.gone) this.trigger('submit', {}); // the photo is shown anew, if it can be
    this.complain(reply.gone ? this.words.gone : (reply.error ?? ''));
    if (reply.gone || reply.error) return;
    if (prop === 'step') this.draw(this.props.step);
    else if (reply.asked.unit !== this.step?.unit) return; // another step was taken meanwhile
    if (prop === 'loss') this.tellLoss(this.props.loss);
    if (prop === 'sum') await this.compute(this.props.sum);
  }

  /** @param {string} text */
  complain(text) {
    const trouble = this.find('.trouble');
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  /** @param {FollowProps['step']} step */
  draw(step) {
    this.step = step;
    this.steps = [...this.steps.slice(0, -1), step.unit];
    note('follow', this.steps);
    this.find('.path').replaceChildren(...step.tiles.map((tile, index) => this.tile(tile, index)));
    this.find('.path').lastChild.scrollIntoView({ block: 'nearest', inline: 'end' });
    this.find('[data-up]').hidden = step.tiles.length === 1;
    this.find('h4').textContent = step.title_is_answer ? step.title : `${step.title}: ${step.value}`;
    this.find('.text').textContent = step.text;
    this.find('.through').textContent = step.through;
    this.find('.choose').hidden = !step.terms.length;
    const terms = [...step.terms, ...step.gates];
    this.find('.terms').replaceChildren(...terms.map((term) => this.term(term, step.gates.includes(term))));
    this.find('dl').replaceChildren(...this.rest(step));
    this.find('[data-off]').hidden = !step.can_switch;
    this.find('[data-how]').hidden = !step.has_kernel;
    this.find('.loss').hidden = this.find('.computing').hidden = true;
    this.convolution?.stop();
    this.look(step);
    this.dialog.scrollTo(0, 0);
  }

  // Shows where the unit looked.
  /** @param {WayStep} step */
  look({ box, patch, looks_for: pattern }) {
    const { seen } = this.props.value;
    const [image, figure] = [this.find('.seen'), this.find('.looks-for')];
    if (image.getAttribute('src') !== seen.url) image.src = seen.url;
    this.mark(this.find('.box'), box);
    Object.assign(this.find('.patch img'), patch);
    figure.hidden = !pattern || pattern.is_silent;
    if (!figure.hidden) Object.assign(figure.querySelector('img'), pattern?.picture);
  }

  /** @param {Found} frame @param {number[]} box */
  mark(frame, [left, top, right, bottom]) {
    const { rows, columns } = this.props.value.seen;
    frame.style.inset = inset({ left, top, right, bottom }, columns, rows);
  }

  /** @param {WayTile} tile @param {number} index */
  tile({ title, patch }, index) {
    const item = make('li');
    const button = make('button');
    button.type = 'button';
    button.dataset.index = index;
    button.title = title;
    const image = Object.assign(make('img'), patch);
    image.alt = '';
    button.append(image, make('small', title));
    if (index === this.steps.length - 1) button.setAttribute('aria-current', 'step');
    item.append(button);
    return item;
  }

  /** @param {WayTerm} term @param {boolean} isGate */
  term(term, isGate) {
    const item = make('li');
    const button = make('button', '', isGate ? 'gate' : '');
    button.type = 'button';
    button.dataset.unit = term.unit;
    button.dataset.box = JSON.stringify(term.box);
    const image = Object.assign(make('img'), term.patch);
    image.alt = '';
    const picture = make('span', '', 'picture');
    picture.append(image);
    const bar = make('span', '', term.is_against ? 'bar against' : 'bar');
    const length = make('i');
    length.style.width = `${term.width}%`;
    bar.append(length);
    const name = isGate ? fill(this.words.gate, term) : term.name;
    button.append(picture, make('span', name, 'name'), bar, make('output', term.adds));
    if (!isGate) button.append(make('small', fill(this.words.product, term)));
    item.append(button);
    return item;
  }

  // What comes besides the terms, down to the unit's value.
  /** @param {WayStep} step */
  rest({ others, bias, total, function: name, value, kind }) {
    const rows = [];
    if (others) rows.push([fill(this.words.others, { number: others[0] }), others[1]]);
    if (bias) rows.push([kind === 'normalization' ? this.words.constant : this.words.bias, bias]);
    if (total && (others || bias)) rows.push([this.words.total, total]);
    if (name) rows.push([fill(this.words.through, { name }), value]);
    return rows.flatMap(([text, number]) => [make('dt', text), make('dd', number)]);
  }

  /** @param {any} event */
  press({ target }) {
    if ('close' in target.dataset) this.dialog.close();
    else if ('up' in target.dataset) this.climb(this.steps.length - 2);
    else if ('off' in target.dataset) this.ask('lose');
    else if ('how' in target.dataset) this.ask('compute');
    const [tile, term] = [target.closest('[data-index]'), target.closest('[data-unit]')];
    if (tile) this.climb(Number(tile.dataset.index));
    if (!term) return;
    stepIn('follow', [...this.steps, term.dataset.unit]);
    this.show([...this.steps, term.dataset.unit]);
  }

  /** @param {'lose' | 'compute'} kind */
  ask(kind) {
    this.questions.ask(kind, { token: this.props.value.token, unit: this.step?.unit });
  }

  // Climbs to a step that was taken: it is one more step of the visitor, so that Back leads here again.
  /** @param {number} index */
  climb(index) {
    if (index < 0 || index === this.steps.length - 1) return;
    const steps = this.steps.slice(0, index + 1);
    stepIn('follow', steps);
    this.show(steps);
  }

  // Shows on the photo what the unit saw that is pointed at.
  /** @param {any} event */
  hint(event) {
    const term = event?.target.closest('[data-box]');
    const hint = this.find('.hint');
    hint.hidden = !term;
    if (term) this.mark(hint, JSON.parse(term.dataset.box));
  }

  /** @param {FollowProps['loss']} loss */
  tellLoss(loss) {
    const text = this.find('.loss');
    const { loss: changed, loss_same: same } = this.words;
    text.textContent = fill(loss.percent === loss.percent_before ? same : changed, { ...loss, class: loss.label });
    text.hidden = false;
    text.scrollIntoView({ block: 'nearest' });
  }

  /** @param {FollowProps['sum']} sum */
  async compute(sum) {
    const { Convolution } = await import('./convolution.js');
    this.convolution?.stop();
    this.convolution = new Convolution(this.find('.computing'), this.words, sum);
  }
}
