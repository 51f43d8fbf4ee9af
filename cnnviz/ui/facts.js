// What is known of one channel: its numbers, how its activations are spread, its kernel, the arithmetic of one unit.

import { cssColor, levelOf } from './colors.js';
import { exact, fill, percent, short, signed } from './numbers.js';

const SIGNED_ZERO = 128;

function make(tag, text = '', className = '') {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

// Shows min, max, mean and the share of zeros.
export function showNumbers(list, { min, max, mean, zero_share: zeros }, words) {
  const rows = [
    [words.min, short(min)],
    [words.max, short(max)],
    [words.mean, short(mean)],
    [words.zeros, percent(zeros)],
  ];
  list.replaceChildren(...rows.flatMap(([name, value]) => [make('dt', name), make('dd', value)]));
}

// Shows how many activations there are of each size; a bar of height 1 would vanish beside the zeros, so roots are drawn.
export function showHistogram(figure, { counts, edges }, words) {
  const [chart, caption] = figure.children;
  const most = Math.sqrt(Math.max(...counts));
  chart.replaceChildren(
    ...counts.map((count, bin) => {
      const bar = make('span');
      bar.style.height = `${count ? Math.max((100 * Math.sqrt(count)) / most, 2) : 0}%`;
      bar.title = fill(words.bin, { count, from: short(edges[bin]), to: short(edges[bin + 1]) });
      bar.dataset.count = count;
      return bar;
    }),
  );
  caption.textContent = fill(words.histogram, { from: short(edges[0]), to: short(edges.at(-1)) });
}

// Shows the kernel: in colour if it looks at the picture itself, else the slices of the strongest channels before.
export function showKernel(section, kernel, channel, words, palette) {
  section.hidden = !kernel;
  if (!kernel) return;
  const [title, text, slices] = section.children;
  title.textContent = fill(words.kernel, { channel });
  text.textContent = fill(kernel.from_picture ? words.kernel_colors : words.kernel_slices, {
    number: kernel.num_inputs,
    bias: short(kernel.bias),
  });
  const largest = Math.max(...kernel.slices.flatMap(({ weights }) => weights.flat().map(Math.abs)));
  const pictures = kernel.slices.map(({ input, weights }) =>
    tile(weights, (row, column) => cssColor(palette[levelOf(weights[row][column], largest, SIGNED_ZERO)]), {
      text: fill(kernel.from_picture ? words.color : words.input, { input, name: words.colors_of_light[input] }),
    }),
  );
  if (kernel.from_picture) {
    const [red, green, blue] = kernel.slices.map(({ weights }) => weights);
    const shade = (weight) => Math.round(127.5 * (1 + weight / (largest || 1)));
    const mix = (row, column) => `rgb(${[red, green, blue].map((weights) => shade(weights[row][column])).join(' ')})`;
    pictures.unshift(tile(red, mix, { text: words.all_colors }));
  }
  slices.replaceChildren(...pictures);
}

function tile(weights, color, { text }) {
  const figure = make('figure');
  const grid = make('div', '', 'weights');
  grid.style.gridTemplateColumns = `repeat(${weights[0].length}, 1fr)`;
  weights.forEach((line, row) =>
    line.forEach((_, column) => {
      const cell = make('span');
      cell.style.background = color(row, column);
      cell.title = text === undefined ? '' : exact(weights[row][column]);
      grid.append(cell);
    }),
  );
  figure.append(grid, make('figcaption', text));
  return figure;
}

// Shows how one unit came by its activation: patch times kernel, summed, plus bias, through the activation function.
export function showArithmetic(section, unit, words) {
  section.hidden = !unit;
  if (!unit) return;
  const [title, text, terms] = section.children;
  title.textContent = fill(words.arithmetic, unit);
  text.textContent = unit.others.number ? words.arithmetic_some : words.arithmetic_all;
  const rows = unit.inputs.map((input) => {
    const line = make('div', '', 'term');
    const name = fill(unit.from_picture ? words.color : words.input, {
      ...input,
      name: words.colors_of_light[input.input],
    });
    line.append(make('span', name, 'name'), matrix(input.patch), make('span', '×'), matrix(input.weights));
    line.append(make('span', '=', 'equals'), make('output', signed(input.sum, exact)));
    return line;
  });
  const steps = [];
  if (unit.others.number) steps.push([fill(words.others, unit.others), signed(unit.others.sum, exact)]);
  steps.push([words.bias, signed(unit.bias, exact)], [words.total, exact(unit.total), 'total']);
  const through = unit.activation_name ? fill(words.through, { name: unit.activation_name }) : words.unchanged;
  steps.push([through, exact(unit.activation)]);
  const list = make('dl');
  list.append(...steps.flatMap(([name, value, className]) => [make('dt', name), make('dd', value, className)]));
  terms.replaceChildren(...rows, list);
}

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
