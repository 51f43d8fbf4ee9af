// How channels are shown: what the form of the channel explorer says.

/** @import { ChannelsValue } from '../shared/values' */

import { listChoices } from '../shared/menu.js';

export class Settings {
  /** @param {Found} form */
  constructor(form) {
    this.form = form;
    /** @type {Record<string, Found>} */
    this.fields = form.elements;
    this.lastFixed = Number(this.fields.fixed.value);
  }

  /** @returns {number} */
  get layer() {
    return this.fields.layer.selectedIndex;
  }

  /** @param {number} index */
  set layer(index) {
    this.fields.layer.selectedIndex = index;
  }

  /** @returns {string} */
  get order() {
    return this.fields.order.value;
  }

  /** @returns {boolean} */
  get hideSilent() {
    return this.fields.hideSilent.checked;
  }

  /** @returns {boolean} */
  get gray() {
    return this.fields.gray.checked;
  }

  /** @returns {string} */
  get colormap() {
    return this.fields.colormap.value;
  }

  /** @returns {'channel' | 'layer' | 'fixed'} */
  get scale() {
    return this.fields.scale.value;
  }

  // The last number above zero that was typed.
  get fixed() {
    const typed = Number(this.fields.fixed.value);
    if (typed > 0) this.lastFixed = typed;
    return this.lastFixed;
  }

  get clip() {
    return this.fields.clip.value / 100;
  }

  get showsContributions() {
    return this.fields.show.value === 'contribution';
  }

  // The number that is looked for; null if there is none.
  /** @returns {number | null} */
  get find() {
    const { value } = this.fields.find;
    return value === '' ? null : Number(value);
  }

  /** @param {number | null} channel */
  set find(channel) {
    this.fields.find.value = channel;
  }

  // Lists the layers of a photo's network, and stays at the one of the same name if there is one.
  /** @param {Pick<ChannelsValue, 'menu' | 'layer'>} photo @param {string} find */
  list({ menu, layer }, find) {
    listChoices(this.fields.layer, menu, layer, find);
  }

  // After a field was changed: black and white and its order go together.
  /** @param {string} name */
  follow(name) {
    if (name === 'gray' && this.gray) this.fields.order.value = 'gray';
    if (name === 'gray' && !this.gray && this.order === 'gray') this.fields.order.value = 'index';
  }

  // Black and white is offered to networks that see colours.
  /** @param {boolean} hasColors */
  offerColors(hasColors) {
    this.fields.gray.parentElement.hidden = !hasColors;
    if (!hasColors) this.fields.gray.checked = false;
    this.offerOrder('gray', hasColors);
  }

  /** @param {string} order @param {boolean} isThere */
  offerOrder(order, isThere) {
    const option = this.form.querySelector(`[name="order"] [value="${order}"]`);
    option.hidden = option.disabled = !isThere;
    if (!isThere && this.order === order) this.fields.order.value = 'index';
  }

  // Offers only what the layer that is shown has: a pull on the answer, contributions to it, numbers of a data set.
  /** @param {{ pull: boolean, contributions: boolean, telling: boolean, numChannels: number }} has */
  offer({ pull, contributions, telling, numChannels }) {
    this.offerOrder('effects', pull);
    this.offerOrder('telling', telling);
    this.form.querySelector('.show').hidden = !contributions;
    this.form.querySelector('.fixed').hidden = this.scale !== 'fixed';
    this.fields.clipped.value = `${this.fields.clip.value}%`;
    this.fields.find.max = numChannels - 1;
  }
}
