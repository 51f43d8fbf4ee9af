// Shows a visitor around: goes where each stop leads, presses what is pressed there, and says what is to be seen. It is
// a dialog on top of all others, which is shown anew whenever another one has opened.

/** @import { Stop, TourPart } from '../shared/values' */

import { writeLink, writeNote } from '../shared/link.js';
import { reducesMotion, waitFor } from '../shared/navigation.js';
import { fill } from '../shared/numbers.js';
import { Questions } from '../shared/questions.js';
import { note } from '../shared/steps.js';

const SPOT = 'on-tour';

export class Guide {
  /** @param {TourPart} part */
  constructor({ element, props, trigger, settings }) {
    this.props = props;
    this.trigger = trigger;
    this.words = settings.words;
    this.questions = new Questions(trigger);
    /** @type {Found} */
    this.dialog = element.querySelector('dialog');
    /** @type {Stop[]} */
    this.stops = [];
    this.index = -1; // of the stop that is shown; -1 while nobody is shown around
    this.turn = 0; // counts where the tour was sent, as the page takes its time to get there
    /** @type {string[]} */
    this.off = []; // what the visitor had switched off
    this.dialog.addEventListener('click', ({ target }) => {
      if ('leave' in target.dataset) this.leave();
      if (target.dataset.go) this.go(this.index + Number(target.dataset.go));
    });
    this.dialog.addEventListener('close', () => !this.dialog.open && this.leave());
    window.addEventListener('popstate', () => this.isOn && this.rise());
  }

  get isOn() {
    return this.index >= 0;
  }

  /** @param {string} selectors */
  find(selectors) {
    return this.dialog.querySelector(selectors);
  }

  begin() {
    this.index = 0;
    this.stops = [];
    this.off = new URLSearchParams(location.search).getAll('off');
    this.say({ title: this.words.waiting, text: '' });
    this.rise();
    this.questions.ask('plan', { token: this.props.value.token });
  }

  // Takes the server's answer.
  take() {
    const reply = this.props.tour;
    if (!this.questions.settle('plan', reply) || !this.isOn) return;
    if (reply.gone) this.trigger('submit', {}); // the photo is shown anew, if it can be
    if (reply.gone || reply.error) {
      this.say({ title: reply.error ?? this.words.gone, text: '' });
      return;
    }
    this.stops = reply.stops;
    this.go(0);
  }

  /** @param {Pick<Stop, 'title' | 'text'>} stop */
  say({ title, text }) {
    const [count, total] = [this.index + 1, this.stops.length];
    this.find('.count').textContent = total ? fill(this.words.count, { number: count, total }) : '';
    this.find('h3').textContent = title;
    this.find('#guide-text').textContent = text;
    this.find('[data-go="-1"]').hidden = this.index === 0;
    this.find('[data-go="1"]').hidden = !total;
    this.find('[data-go="1"]').textContent = count === total ? this.words.end : this.words.next;
    this.find('[data-leave]').hidden = count === total;
  }

  /** @param {number} index */
  async go(index) {
    if (index >= this.stops.length) {
      this.leave();
      return;
    }
    const turn = ++this.turn;
    const isLate = () => turn !== this.turn || !this.isOn;
    const stop = this.stops[index];
    const wasPressed = this.isOn && this.stops[this.index]?.press;
    this.index = index;
    if (wasPressed) this.restoreSwitches();
    this.mark(null);
    this.say(stop);
    this.lead(stop);
    if (stop.press) {
      const button = await this.wait(stop.press, isLate);
      if (isLate()) return;
      button?.click();
    }
    const found = await this.wait(stop.look, isLate);
    if (isLate()) return;
    this.mark(found);
    this.rise();
  }

  // Goes to a stop's address, as a link would.
  /** @param {Stop} stop */
  lead({ layer, channel, follow }) {
    const place = layer === null ? {} : { layer, channel };
    const search = writeNote(writeLink(location.search, place), 'follow', follow);
    if (search === location.search && !location.hash) return;
    history.pushState(null, '', `${location.pathname}${search}`);
    window.dispatchEvent(new PopStateEvent('popstate'));
  }

  /** @param {string} selectors @param {() => boolean} isLate @returns {Promise<Found | null>} */
  wait(selectors, isLate) {
    return waitFor(() => {
      const found = document.querySelector(selectors);
      return isLate() || found?.checkVisibility() ? found : null;
    });
  }

  // Draws a line around what is to be looked at, and brings it into sight above the dialog.
  /** @param {Found | null} spot */
  mark(spot) {
    for (const before of document.querySelectorAll(`.${SPOT}`)) before.classList.remove(SPOT);
    spot?.classList.add(SPOT);
    spot?.scrollIntoView({ block: 'start', behavior: reducesMotion() ? 'auto' : 'smooth' });
  }

  // Shows the dialog on top of all others.
  rise() {
    if (this.dialog.open) this.dialog.close(); // whose event comes when it is open again
    this.dialog.showModal();
  }

  leave() {
    if (!this.isOn) return;
    const wasPressed = this.stops[this.index]?.press;
    this.index = -1;
    this.turn += 1;
    this.mark(null);
    this.dialog.close();
    if (wasPressed) this.restoreSwitches();
  }

  // Switches off what the visitor had switched off, and nothing else.
  restoreSwitches() {
    note('off', this.off);
    document.dispatchEvent(new CustomEvent('switches-restored'));
  }
}
