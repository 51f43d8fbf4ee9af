// How far to trust a map: sentences, and two curves beside those of chance.

/** @import { TrustAnswer, TrustCurve, WhyWords } from '../shared/values' */

import { make } from '../shared/dom.js';
import { fill } from '../shared/numbers.js';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [160, 80];

/** @param {Found} element @param {TrustAnswer} trust @param {string} name @param {WhyWords} words */
export function showTrust(element, { facts, curves }, name, words) {
  const parts = facts.flatMap((fact) => [make('dt', fact.name), make('dd', fact.text)]);
  const list = make('dl');
  list.append(...parts);
  const figures = make('div', '', 'curves');
  figures.append(...curves.map((curve) => figureOf(curve, name, words)));
  element.replaceChildren(make('h4', fill(words.trust, { class: name })), list, figures);
}

/** @param {TrustCurve} curve @param {string} className @param {WhyWords} words */
function figureOf({ name, text, shares, probabilities, random }, className, words) {
  const figure = make('figure');
  const chart = document.createElementNS(SVG, 'svg');
  chart.setAttribute('viewBox', `-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`);
  chart.setAttribute('role', 'img');
  chart.setAttribute('aria-label', `${name}: ${fill(words.axis, { class: className })}`);
  chart.append(lineOf(shares, random, 'chance'), lineOf(shares, probabilities, 'map'));
  const key = make('p', '', 'key');
  key.append(make('span', words.of_map, 'map'), make('span', words.by_chance, 'chance'));
  const caption = make('figcaption');
  caption.append(make('strong', name), make('span', text));
  figure.append(chart, key, caption);
  return figure;
}

// Where a curve runs: the share that is changed to the right, the probability upwards.
/** @param {number[]} shares @param {number[]} values */
export const points = (shares, values) =>
  shares.map((share, index) => `${(WIDTH * share).toFixed(1)},${(HEIGHT * (1 - values[index])).toFixed(1)}`).join(' ');

/** @param {number[]} shares @param {number[]} values @param {string} className */
function lineOf(shares, values, className) {
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('points', points(shares, values));
  line.setAttribute('class', className);
  return line;
}
