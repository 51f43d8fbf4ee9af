// The last step, explained completely: what each unit adds to the logit, the bias, and the probability they lead to.

/** @import { ChannelsWords, LastStep } from '../shared/values' */

import { count, decimals, fill, signed } from '../shared/numbers.js';

/** @typedef {{ kind: string, value: number, unit?: number, number?: number }} SumRow */

const NUM_ROWS = 8; // the strongest for the answer, and as many against it

// The rows of the sum: the strongest units for and against, the others together, and the bias; they add up to the
// logit. Units that add nothing are only counted.
/** @param {number[]} values @param {number} bias @returns {SumRow[]} */
export function addUp(values, bias) {
  const order = values.map((_, unit) => unit).toSorted((a, b) => Math.abs(values[b]) - Math.abs(values[a]));
  /** @param {number} sign */
  const strongest = (sign) => order.filter((unit) => sign * values[unit] > 0).slice(0, NUM_ROWS);
  const named = [...strongest(1), ...strongest(-1)].toSorted((a, b) => values[b] - values[a]);
  const others = order.filter((unit) => values[unit] !== 0 && !named.includes(unit));
  const silent = values.filter((value) => value === 0).length;
  const rest = others.reduce((total, unit) => total + values[unit], 0);
  return [
    ...named.map((unit) => ({ kind: 'unit', unit, value: values[unit] })),
    ...(others.length ? [{ kind: 'others', number: others.length, value: rest }] : []),
    ...(silent ? [{ kind: 'silent', number: silent, value: 0 }] : []),
    { kind: 'bias', value: bias },
  ];
}

// Shows the sum of the last step; `open` is called with a unit that somebody wants to see.
/**
 * @param {Found} element
 * @param {LastStep | null} sum
 * @param {ChannelsWords} words
 * @param {(unit: number) => void} open
 */
export function showSum(element, sum, words, open) {
  element.hidden = sum === null;
  element.replaceChildren();
  if (sum === null) return;
  const rows = addUp(sum.values, sum.bias);
  const largest = Math.max(...sum.values.map(Math.abs), Math.abs(sum.bias), Number.MIN_VALUE);
  const heading = document.createElement('p');
  heading.textContent = fill(words.sum, { class: sum.class, layer: sum.layer });
  const table = document.createElement('table');
  for (const row of rows) {
    const line = table.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    const { unit } = row;
    if (unit !== undefined) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = fill(words.sum_unit, { unit, kind: sum.unit });
      button.addEventListener('click', () => open(unit));
      name.append(button);
    } else {
      const sentence = words[/** @type {'sum_others' | 'sum_silent' | 'sum_bias'} */ (`sum_${row.kind}`)];
      name.textContent = fill(sentence, { number: count(row.number ?? 0) });
    }
    const bar = document.createElement('td');
    const piece = document.createElement('span');
    piece.className = row.value >= 0 ? 'for' : 'against';
    piece.style.width = `${(50 * Math.abs(row.value)) / largest}%`;
    if (!('number' in row)) bar.append(piece); // bars compare single units
    const number = document.createElement('td');
    number.textContent = row.value === 0 ? '0' : signed(row.value, decimals);
    line.append(name, bar, number);
  }
  const total = document.createElement('p');
  total.className = 'total';
  const values = { logit: signed(sum.logit, decimals), percent: sum.percent, class: sum.class };
  total.textContent = fill(sum.is_sigmoid ? words.total_sigmoid : words.total_softmax, values);
  element.append(heading, table, total);
  element.dataset.side = sum.side ?? '';
}
