// The address that reopens the page where somebody is: at a tab, a layer, a channel, with what is switched off. It never
// holds anything of a photo.

/** @import { ChannelsLayer } from './values' */

export const FIRST_TAB = 'layers';
const PLACE = ['tab', 'layer', 'channel', 'large'];

/** @typedef {{ tab?: string | null, layer?: string, channel?: number | null, large?: string }} Place */

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

/** @param {URLSearchParams} asked */
const write = (asked) => (asked.size ? `?${asked}` : '');

// The name of the tab that an address asks for.
/** @param {string} search */
export function readTab(search) {
  const asked = new URLSearchParams(search);
  if (asked.has('layer') || asked.has('channel')) return 'channels';
  return asked.get('tab') ?? FIRST_TAB;
}

// The address of a place; what else the address holds stays.
/** @param {string} search @param {Place} place */
export function writeLink(search, place) {
  const asked = new URLSearchParams(search);
  for (const name of PLACE) asked.delete(name);
  for (const [name, value] of Object.entries(place)) {
    if (value !== null && value !== undefined) asked.set(name, String(value));
  }
  return write(asked);
}

// The address with these values of a name, and no others; as it is if it has them.
/** @param {string} search @param {string} name @param {string[]} values */
export function writeNote(search, name, values) {
  const asked = new URLSearchParams(search);
  if (asked.getAll(name).join() === values.join()) return search;
  asked.delete(name);
  for (const value of values) asked.append(name, value);
  return write(asked);
}

// What is switched off, each layer's channels as one text: "conv2d_4*3-7.17".
/** @param {Iterable<[string, Set<number>]>} off */
export const writeOff = (off) =>
  [...off].map(([layer, channels]) => {
    /** @type {[number, number][]} */
    const runs = [];
    for (const channel of [...channels].toSorted((a, b) => a - b)) {
      const last = runs.at(-1);
      if (last && last[1] === channel - 1) last[1] = channel;
      else runs.push([channel, channel]);
    }
    return `${layer}*${runs.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join('.')}`;
  });

// The channels that an address asks to switch off; what the layers do not have is left out.
/** @param {string} search @param {Pick<ChannelsLayer, 'name' | 'num_channels' | 'can_switch'>[]} layers */
export function readOff(search, layers) {
  /** @type {Map<string, Set<number>>} */
  const off = new Map();
  for (const text of new URLSearchParams(search).getAll('off')) {
    const end = text.lastIndexOf('*');
    const layer = layers.find(({ name, can_switch }) => can_switch && name === text.slice(0, end));
    if (!layer) continue;
    const channels = new Set();
    for (const run of text.slice(end + 1).split('.')) {
      const [, from, to] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(run) ?? [];
      const last = Math.min(Number(to ?? from), layer.num_channels - 1);
      for (let channel = Number(from); channel <= last; channel += 1) channels.add(channel);
    }
    if (channels.size) off.set(layer.name, channels);
  }
  return off;
}

// The steps of the way back: "answer", or a layer with a place in it, "conv2d_4*4.12.101".
/** @param {string} search */
export const readWay = (search) => new URLSearchParams(search).getAll('follow');

// A unit of a channel, of which the server knows the place: "conv2d_4*101@4.12".
/** @param {string} layer @param {number} channel @param {number[]} position */
export const writePosition = (layer, channel, position) => `${layer}*${channel}@${position.join('.')}`;
