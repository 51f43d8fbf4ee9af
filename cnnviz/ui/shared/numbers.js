// Numbers and sentences for people; `cnnviz/base/figures.py` writes the same numbers on the server. Rounding goes to the
// nearest, and from the exact middle away from zero.

/** @import { NamesIn } from './part' */

const MINUS = '\u2212';
const [SMALL, LARGE, HUGE] = [1e-3, 1e5, 1e21];

// A minus sign, but not before what reads as zero; commas between thousands.
/** @param {string} text */
function polish(text) {
  const [, minus, whole, rest] = /** @type {RegExpExecArray} */ (/^(-?)(\d*)(.*)$/.exec(text));
  const sign = /[^0.]/.test(whole + rest) ? minus : '';
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`.replace(/-/g, MINUS).replace('Infinity', '∞');
}

// A number of digits, without an exponent.
/** @param {number} value @param {number} number */
function digitsOf(value, number) {
  const text = value.toPrecision(number);
  return text.includes('e') ? String(Number(text)) : text;
}

// How much of a whole something is: only nothing is 0%, and only all is 100%.
/** @param {number} part */
export function share(part, digits = 0) {
  const [text, step] = [decimals(100 * part, digits), 10 ** -digits];
  if (part > 0 && text === decimals(0, digits)) return `<${decimals(step, digits)}%`;
  if (part < 1 && text === decimals(100, digits)) return `>${decimals(100 - step, digits)}%`;
  return `${text}%`;
}

// For numbers that stand below each other: always as many digits after the point.
/** @param {number} value */
export function decimals(value, digits = 3) {
  return Math.abs(value) >= HUGE ? short(value) : polish(value.toFixed(digits));
}

// Three digits, without zeros at the end.
/** @param {number} value */
export function short(value) {
  const size = Math.abs(value);
  if (!(size > 0 && size < Infinity)) return polish(String(value));
  const small = size < SMALL || size >= LARGE;
  return polish(small ? value.toExponential(2) : String(Number(value.toPrecision(3))));
}

// Where there is little room: three digits, two decimals at most. Only a true zero is written 0.
/** @param {number} value */
export function brief(value) {
  const size = Math.abs(value);
  if (!(size > 0 && size < Infinity)) return polish(String(value));
  if (size >= LARGE) return polish(value.toExponential(0));
  return polish(size < 1 ? value.toFixed(2) : digitsOf(value, 3));
}

// A decimal that is this float32 and no other, as short as can be; without commas, as it may be copied.
/** @param {number} value */
export function exact(value) {
  for (let digits = 1; digits <= 9; digits += 1) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === Math.fround(value)) return String(Number(text)).replace(/-/g, MINUS);
  }
  return String(value).replace(/-/g, MINUS);
}

// With its sign in front, also of what is above zero.
/** @param {number} value @param {(value: number) => string} write */
export const signed = (value, write = short) => (value > 0 ? `+${write(value)}` : write(value));

// How many there are.
/** @param {number} number */
export const count = (number) => polish(String(number));

// Puts values into a sentence: {name} stands for values.name.
/**
 * @template {string} Sentence
 * @template {Record<NamesIn<Sentence>, any>} Values
 * @param {Sentence} text
 * @param {Values} values
 * @returns {string}
 */
export const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (_, name) => values[/** @type {keyof Values} */ (name)]);
