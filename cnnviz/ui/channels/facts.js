// What is known of one channel: its numbers, how its activations are spread, its kernel, the arithmetic of one unit.

/** @import { ArithmeticFacts, ChannelStatistics, ChannelsWords, DetailsAnswer } from '../shared/values' */
/** @import { Histogram, KernelFacts, KernelSlice } from '../shared/values' */

import { cssColor, levelOf } from '../shared/colors.js';
import { make } from '../shared/dom.js';
import { count, exact, fill, share, short, signed } from '../shared/numbers.js';
import { zeroLevel } from '../shared/sheet.js';

// Whether it looks at red, green and blue.
/** @param {KernelFacts} kernel */
const readsColors = ({ from_picture: isFirst, slices }) => isFirst && slices.length === 3;

// Shows min, max, mean and the share of zeros.
/** @param {Found} list @param {Omit<ChannelStatistics, 'std'>} statistics @param {ChannelsWords} words */
export function showNumbers(list, { min, max, mean, zero_share: zeros }, words) {
  const rows = [
    [words.min, short(min)],
    [words.max, short(max)],
    [words.mean, short(mean)],
    [words.zeros, share(zeros)],
  ];
  list.replaceChildren(...rows.flatMap(([name, value]) => [make('dt', name), make('dd', value)]));
}

// Shows the synthetic picture that the channel looks for, where the model has one.
/** @param {Found} figure @param {DetailsAnswer} details @param {ChannelsWords} words */
export function showPattern(figure, { looks_for: pattern, statistics }, words) {
  figure.hidden = !pattern;
  if (!pattern) return;
  const [image, caption] = figure.children;
  image.hidden = pattern.is_silent;
  Object.assign(image, pattern.picture);
  const values = { ...pattern, reached: short(pattern.reached), max: short(statistics.max) };
  caption.textContent = fill(pattern.is_silent ? words.looks_for_nothing : words.looks_for, values);
}

// Shows how many activations there are of each size; a bar of height 1 would vanish beside the zeros, so roots are drawn.
/** @param {Found} figure @param {Histogram} histogram @param {ChannelsWords} words */
export function showHistogram(figure, { counts, edges }, words) {
  const [chart, caption] = figure.children;
  const most = Math.sqrt(Math.max(...counts));
  chart.replaceChildren(
    ...counts.map((number, bin) => {
      const bar = make('span');
      bar.style.height = `${number ? Math.max((100 * Math.sqrt(number)) / most, 2) : 0}%`;
      bar.title = fill(words.bin, { count: count(number), from: short(edges[bin]), to: short(edges[bin + 1]) });
      bar.dataset.count = number;
      return bar;
    }),
  );
  caption.textContent = fill(words.histogram, { from: short(edges[0]), to: short(edges[edges.length - 1]) });
}

// Shows the kernel: in colour if it looks at the picture itself, else the slices of the strongest channels before.
/**
 * @param {Found} section
 * @param {KernelFacts | null} kernel
 * @param {{ channel: number, colors: string[], words: ChannelsWords, palette: Uint32Array }} how
 */
export function showKernel(section, kernel, { channel, colors, words, palette }) {
  section.hidden = !kernel;
  if (!kernel) return;
  const [title, text, pictures] = section.children;
  title.textContent = fill(words.kernel, { channel });
  text.textContent = explainKernel(kernel, colors, words);
  const largest = Math.max(...kernel.slices.flatMap(({ weights }) => weights.flat().map(Math.abs)));
  const slices = kernel.slices.map(({ input, weights }) => {
    /** @param {number} row @param {number} column */
    const color = (row, column) => cssColor(palette[levelOf(weights[row][column], largest, zeroLevel(true))]);
    const name = fill(kernel.from_picture ? words.color : words.input, { input, name: colors[input] });
    return weightGrid(weights, color, name, (row, column) => exact(weights[row][column]));
  });
  if (readsColors(kernel)) slices.unshift(colorGrid(kernel.slices, largest, colors, words));
  pictures.replaceChildren(...slices);
}

/** @param {KernelFacts} kernel @param {string[]} colors @param {ChannelsWords} words */
function explainKernel(kernel, colors, words) {
  const { from_picture: isFirst, num_inputs: number, slices, bias } = kernel;
  const ofOne = isFirst && colors.length === 1 ? words.kernel_gray : words.kernel_slice;
  const text = slices.length < number ? words.kernel_strongest : words.kernel_slices;
  return fill(readsColors(kernel) ? words.kernel_colors : number === 1 ? ofOne : text, {
    number: count(number),
    shown: slices.length,
    bias: short(bias),
  });
}

// The weights for red, green and blue as one colour: grey for none.
/** @param {KernelSlice[]} slices @param {number} largest @param {string[]} colors @param {ChannelsWords} words */
function colorGrid(slices, largest, colors, words) {
  const channels = words.colors_of_light.map((name) => slices[colors.indexOf(name)].weights);
  /** @param {number} weight */
  const shade = (weight) => Math.round(127.5 * (1 + weight / (largest || 1)));
  /** @param {number} row @param {number} column */
  const mix = (row, column) => `rgb(${channels.map((weights) => shade(weights[row][column])).join(' ')})`;
  /** @param {number} row @param {number} column */
  const title = (row, column) => channels.map((weights) => exact(weights[row][column])).join(', ');
  return weightGrid(channels[0], mix, words.all_colors, title);
}

/**
 * @param {number[][]} weights
 * @param {(row: number, column: number) => string} colorOf
 * @param {string} name
 * @param {(row: number, column: number) => string} titleOf
 */
function weightGrid(weights, colorOf, name, titleOf) {
  const figure = make('figure');
  const grid = make('div', '', 'weights');
  grid.style.gridTemplateColumns = `repeat(${weights[0].length}, 1fr)`;
  weights.forEach((line, row) =>
    line.forEach((_, column) => {
      const cell = make('span');
      cell.style.background = colorOf(row, column);
      cell.title = titleOf(row, column);
      grid.append(cell);
    }),
  );
  figure.append(grid, make('figcaption', name));
  return figure;
}

// Shows how one unit came by its activation: patch times kernel, summed, plus bias, through the activation function.
/**
 * @param {Found} section
 * @param {ArithmeticFacts | null} unit
 * @param {string[]} colors
 * @param {ChannelsWords} words
 */
export function showArithmetic(section, unit, colors, words) {
  section.hidden = !unit;
  if (!unit) return;
  const [title, text, terms] = section.children;
  title.textContent = fill(words.arithmetic, unit);
  const explanation = unit.others.number ? words.arithmetic_some : words.arithmetic_all;
  text.textContent = fill(explanation, { shown: unit.inputs.length });
  const rows = unit.inputs.map((input) => {
    const line = make('div', '', 'term');
    const name = fill(unit.from_picture ? words.color : words.input, {
      ...input,
      name: colors[input.input],
    });
    line.append(make('span', name, 'name'), matrix(input.patch), make('span', '×'), matrix(input.weights));
    line.append(make('span', '=', 'equals'), make('output', signed(input.sum, exact)));
    return line;
  });
  const steps = [];
  if (unit.others.number)
    steps.push([fill(words.others, { number: count(unit.others.number) }), signed(unit.others.sum, exact)]);
  steps.push([words.bias, signed(unit.bias, exact)], [words.total, exact(unit.total), 'total']);
  const through = unit.activation_name ? fill(words.through, { name: unit.activation_name }) : words.unchanged;
  steps.push([through, exact(unit.activation)]);
  const list = make('dl');
  list.append(...steps.flatMap(([name, value, className]) => [make('dt', name), make('dd', value, className)]));
  terms.replaceChildren(...rows, list);
}

/** @param {number[][]} values */
function matrix(values) {
  const table = make('table');
  for (const line of values) {
    const row = table.insertRow();
    for (const value of line) {
      const cell = row.insertCell();
      cell.textContent = short(value);
      cell.title = exact(value);
      cell.dataset.value = value;
    }
  }
  return table;
}
