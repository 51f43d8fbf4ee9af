// What a data set tells of one channel: how its photographs are spread, with this photo among them, and real favourites.

/** @import { ChannelsWords, DataSetFacts, DataSetRow, FavouriteTile } from '../shared/values' */

import { make } from '../shared/dom.js';
import { inset } from '../shared/field.js';
import { count, fill } from '../shared/numbers.js';

const EDGE = 96; // pixels of a favourite

/** @param {number} bin @param {number[]} counts */
const percent = (bin, counts) => `${Math.round((100 * bin) / counts.length)}%`;

// Roots are drawn, as a bar of one photograph would vanish beside thousands.
/** @param {DataSetRow} row @param {DataSetFacts} facts @param {number} most @param {ChannelsWords} words */
function drawRow({ name, side, counts }, { at }, most, words) {
  const chart = make('div', '', 'chart');
  const total = counts.reduce((sum, each) => sum + each, 0);
  chart.append(
    ...counts.map((number, bin) => {
      const bar = make('span', '', side === null ? '' : `side-${side}`);
      bar.style.height = `${number ? Math.max((100 * Math.sqrt(number)) / most, 2) : 0}%`;
      bar.title = fill(words.bars, { count: count(number), from: percent(bin, counts), to: percent(bin + 1, counts) });
      bar.dataset.count = number;
      return bar;
    }),
  );
  const line = make('i');
  line.style.left = `${100 * at}%`;
  chart.append(line);
  return [make('span', `${name} (${count(total)})`, 'name'), chart];
}

/** @param {DataSetFacts} facts */
function drawAxis({ low, high }) {
  const axis = make('div', '', 'axis');
  axis.append(make('span', low), make('span', high));
  return axis;
}

// What the unit saw, enlarged, and where that is.
/** @param {FavouriteTile} tile @param {ChannelsWords} words */
function drawFavourite({ url, width, height, box: [left, top, right, bottom], text }, words) {
  const figure = make('figure');
  const scale = EDGE / Math.max(width, height);
  const patch = make('div', '', 'patch');
  const factor = EDGE / Math.max(right - left, bottom - top);
  Object.assign(patch.style, {
    width: `${(right - left) * factor}px`,
    height: `${(bottom - top) * factor}px`,
    backgroundImage: `url("${url}")`,
    backgroundSize: `${width * factor}px ${height * factor}px`,
    backgroundPosition: `${-left * factor}px ${-top * factor}px`,
  });
  patch.setAttribute('role', 'img');
  patch.setAttribute('aria-label', fill(words.favourite_alt, { text }));
  const whole = make('div', '', 'whole');
  const image = make('img');
  Object.assign(image, { src: url, alt: '' });
  Object.assign(image.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  const mark = make('span', '', 'box');
  mark.style.inset = inset({ left, top, right, bottom }, width, height);
  whole.append(image, mark);
  figure.append(patch, whole, make('figcaption', text));
  return figure;
}

// Shows it, if there is anything to tell.
/** @param {Found} section @param {DataSetFacts | null} facts @param {ChannelsWords} words */
export function showDataSet(section, facts, words) {
  section.hidden = !facts;
  if (!facts) return;
  const [title, text, rows, source, favourites] = section.children;
  title.textContent = facts.heading;
  text.textContent = facts.text;
  text.hidden = !facts.text;
  const most = Math.sqrt(Math.max(...facts.rows.flatMap(({ counts }) => counts)));
  rows.replaceChildren(...facts.rows.flatMap((row) => drawRow(row, facts, most, words)));
  if (facts.rows.length) rows.append(make('span'), drawAxis(facts));
  source.textContent = facts.favourites_text;
  favourites.replaceChildren(...facts.favourites.map((tile) => drawFavourite(tile, words)));
}
