// The probability of a class at all moments of the training, as a line with a mark at one of them.

/** @import { CurveAnswer, LearnedWords } from '../shared/values' */

import { make } from '../shared/dom.js';
import { count, fill } from '../shared/numbers.js';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [100, 100];

// Where the points of a line lie: from the left edge to the right one, and upwards.
/** @param {number[]} probabilities @returns {[number, number][]} */
export const places = (probabilities) =>
  probabilities.map((each, index) => [
    probabilities.length > 1 ? (WIDTH * index) / (probabilities.length - 1) : WIDTH / 2,
    HEIGHT * (1 - each),
  ]);

/** @param {string} name @param {Record<string, string | number>} attributes */
function draw(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** @param {Found} figure @param {CurveAnswer} curve @param {string} key @param {LearnedWords} words */
export function showCurve(figure, { name, side, moments, probabilities, percents }, key, words) {
  const points = places(probabilities);
  const said = moments.map(({ title }, index) => fill(words.curve_point, { percent: percents[index], title }));
  const chart = draw('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    role: 'img',
    'aria-label': `${name}: ${said.join(', ')}`,
  });
  chart.append(draw('polyline', { points: points.map((point) => point.join()).join(' ') }));
  const here = moments.findIndex((moment) => moment.key === key);
  if (here >= 0) chart.append(draw('line', { x1: points[here][0], x2: points[here][0], y1: 0, y2: HEIGHT }));
  // A line without a length has round ends: a dot, however the chart is stretched.
  points.forEach(([x, y], index) =>
    chart.append(draw('path', { d: `M${x},${y}h0`, class: index === here ? 'here' : '' })),
  );
  figure.className = side === null ? 'curve' : `curve side-${side}`;
  const caption = make('figcaption', fill(words.curve, { name, number: count(moments.length) }));
  figure.replaceChildren(chart, caption);
}
