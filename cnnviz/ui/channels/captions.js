// What is said of the channels that are shown, and below each of them.

/** @import { Explorer } from './channel_explorer.js' */

import { brief, count, fill, share, signed } from '../shared/numbers.js';
import { COMPUTED } from './ranking.js';

// By which order's numbers tiles are labelled.
/** @param {{ gray: boolean, order: string }} settings */
const numbersBelow = ({ gray, order }) => (gray && order === 'index' ? 'gray' : order);

// The sentences above the tiles.
/** @param {Explorer} explorer */
export function explain(explorer) {
  const { words, settings, sheet, shownSheet, layer, sum, photo, ranked } = explorer;
  const silent = count(shownSheet.limits.filter((limit) => limit === 0).length);
  const numbers = { ...layer, silent, num_channels: count(layer.num_channels) };
  const sentences = [fill(sheet.numChannels > 1 ? words.caption : words.caption_one, numbers)];
  if (sum && explorer.showsContributions) {
    const [first, second] = sum.side === null ? words.evidence_signed : words.evidence_colors[sum.side];
    sentences.push(fill(words.evidence, { first, second, class: sum.class }));
  }
  const isThere = Boolean(ranked[settings.order]);
  if (COMPUTED.includes(settings.order) && !isThere) sentences.push(words.computing);
  if (settings.order === 'effects' && isThere) sentences.push(fill(words.effects, { class: photo.label }));
  if (settings.order === 'telling') sentences.push(fill(words.telling, { number: count(sheet.telling.num_photos) }));
  if (explorer.showsGray && numbersBelow(settings) === 'gray') sentences.push(words.losses);
  return sentences.join(' ');
}

// What stands below a tile: its number, and the number that it is ordered by.
/** @param {Explorer} explorer @param {number} channel */
export function label({ settings, sheet, ranked }, channel) {
  /** @type {Record<string, () => string>} */
  const numbers = {
    mean: () => brief(sheet.mean[channel]),
    max: () => brief(sheet.max[channel]),
    zeros: () => share(sheet.zero_share[channel]),
    effects: () => (ranked.effects ? signed(ranked.effects[channel], brief) : ''),
    telling: () => share(sheet.telling.values[channel]),
    gray: () => (ranked.gray ? share(ranked.gray[channel]) : ''),
  };
  const by = numbersBelow(settings);
  return by in numbers ? `${channel}: ${numbers[by]()}` : String(channel);
}
