// Numbers and sentences for people.

const MINUS = '\u2212';
const [SMALL, LARGE] = [1e-3, 1e5];

// Three significant digits.
export function short(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size < SMALL || size >= LARGE ? value.toExponential(2) : String(Number(value.toPrecision(3)));
  return text.replace(/-/g, MINUS);
}

// What fits below a tile: two decimals, fewer the larger it is. Only a true zero is written 0.
export function brief(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= LARGE ? value.toExponential(0) : value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
  return text.replace(/-/g, MINUS);
}

// For columns of numbers that are added up.
export const decimals = (value) => value.toFixed(3).replace('-', MINUS);

// A decimal that is this float32 and no other, as short as can be.
export function exact(value) {
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return String(Number(text)).replace(/-/g, MINUS);
  }
  return String(value).replace(/-/g, MINUS);
}

// With its sign in front, also of what is above zero.
export const signed = (value, write = short) => (value > 0 ? `+${write(value)}` : write(value));

export function percent(share) {
  if (share > 0 && share < 0.005) return '<1%';
  return share > 0.995 && share < 1 ? '>99%' : `${Math.round(100 * share)}%`;
}

// Puts values into a sentence: {name} stands for values.name.
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
