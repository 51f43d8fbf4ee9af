// The address that reopens the page at a layer and a channel. It never holds anything of the photo.

/** @import { ChannelsLayer } from './values' */

/**
 * @typedef {object} Link
 * @property {number | null} layer
 * @property {number | null} channel
 * @property {'no_layer' | 'layer' | 'channel' | null} trouble
 * @property {string} [name]
 * @property {string} [number]
 * @property {number} [last]
 */

// What an address asks for: the layer's index and the channel, and what is wrong with it, if anything.
/** @param {string} search @param {Pick<ChannelsLayer, 'name' | 'num_channels'>[]} layers @returns {Link} */
export function readLink(search, layers) {
  const asked = new URLSearchParams(search);
  const [name, number] = [asked.get('layer'), asked.get('channel')];
  if (name === null) return { layer: null, channel: null, trouble: number === null ? null : 'no_layer' };
  const layer = layers.findIndex((each) => each.name === name);
  if (layer < 0) return { layer: null, channel: null, trouble: 'layer', name };
  if (number === null) return { layer, channel: null, trouble: null };
  const fits = /^\d{1,9}$/.test(number) && Number(number) < layers[layer].num_channels;
  const last = layers[layer].num_channels - 1;
  if (!fits) return { layer, channel: null, trouble: 'channel', name, number, last };
  return { layer, channel: Number(number), trouble: null };
}

// The address without any layer or channel; what else it holds stays.
/** @param {string} search */
export function withoutLink(search) {
  const asked = new URLSearchParams(search);
  asked.delete('layer');
  asked.delete('channel');
  return asked.size ? `?${asked}` : '';
}

// The address of a layer, or of one of its channels; what else the address holds stays.
/** @param {string} search @param {string} name @param {number | null} channel */
export function writeLink(search, name, channel) {
  const asked = new URLSearchParams(search);
  asked.set('layer', name);
  if (channel === null) asked.delete('channel');
  else asked.set('channel', String(channel));
  return `?${asked}`;
}
