// In which order channels stand, and which of them are shown.

/** @import { Sheet } from '../shared/sheet.js' */

/** @param {number[]} values @returns {(one: number, other: number) => number} */
const largestFirst = (values) => (one, other) => values[other] - values[one] || one - other;

// How channels can be ordered, by the numbers that the server gives for each.
/** @type {Record<string, (sheet: Sheet, values: number[]) => (one: number, other: number) => number>} */
const ORDERS = {
  index: () => (one, other) => one - other,
  mean: (sheet) => largestFirst(sheet.mean),
  max: (sheet) => largestFirst(sheet.max),
  zeros: (sheet) => largestFirst(sheet.zero_share),
  effects: (_, values) => largestFirst(values.map(Math.abs)),
  gray: (_, values) => largestFirst(values),
  telling: (sheet) => largestFirst(sheet.telling.values),
};

// Orders that need numbers which are only computed when somebody asks for them.
export const COMPUTED = ['effects', 'gray'];

// The channels to show, in order; `values` are what was computed for this order, if anything.
/** @param {Sheet} sheet @param {{ order: string, hideSilent: boolean }} settings @param {number[]} values */
export function rank(sheet, { order, hideSilent }, values) {
  const by = COMPUTED.includes(order) && !values ? 'index' : order; // until they are there
  const channels = Array.from({ length: sheet.numChannels }, (_, channel) => channel);
  const shown = hideSilent ? channels.filter((channel) => !sheet.isSilent(channel)) : channels;
  return shown.toSorted(ORDERS[by](sheet, values));
}

// The channels that speak most for the answer, at most so many: without each alone, its evidence falls.
/** @param {number[]} effects @param {number} number */
export const carriers = (effects, number) =>
  [...effects.keys()]
    .filter((channel) => effects[channel] > 0)
    .toSorted(largestFirst(effects))
    .slice(0, number);
