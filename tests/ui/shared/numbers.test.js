// Numbers and sentences as people read them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { brief, count, decimals, exact, fill, share, short, signed } from '../../../cnnviz/ui/shared/numbers.js';

const WRITERS = { brief, count, decimals, share, short, signed };
const CASES = JSON.parse(readFileSync(new URL('../../figures.json', import.meta.url), 'utf8'));
const ONLY_ON_THE_SERVER = ['percent'];

const read = (text) => Number(text.replaceAll('−', '-').replaceAll(',', ''));

test('numbers are written as the table says, which the server is held to as well', () => {
  assert.deepEqual(
    Object.keys(CASES).filter((name) => !(name in WRITERS)),
    ONLY_ON_THE_SERVER,
  );
  for (const [name, write] of Object.entries(WRITERS))
    for (const [values, text] of CASES[name]) assert.equal(write(...values.map(Number)), text, `${name}(${values})`);
});

// Thousands of float32 numbers of every size, spread evenly over their bit patterns.
const FLOATS = new Float32Array(
  Uint32Array.from({ length: 20000 }, (_, index) => Math.imul(index, 0x9e3779b1)).buffer,
).filter(Number.isFinite);

// The two decimals next to this one that have a digit less.
function shortened(text) {
  const [digits, exponent] = read(text).toExponential().split('e');
  const [sign, kept] = [digits.startsWith('-') ? '-' : '', digits.replace(/\D/g, '').slice(0, -1)];
  return [0, 1].map((up) => Number(`${sign}${Number(kept) + up}e${Number(exponent) - kept.length + 1}`));
}

test('a float32 is read back from its exact text, and from no text with a digit less', () => {
  assert.ok(FLOATS.length > 19000);
  for (const value of FLOATS) {
    const text = exact(value);
    assert.equal(Math.fround(read(text)), value, text);
    assert.doesNotMatch(text, /-/);
    if (/[1-9].*[1-9]/.test(text.replace(/e.*/, '')))
      assert.ok(!shortened(text).map(Math.fround).includes(value), text);
  }
});

test('a float32 that came as a longer double is written as people write it', () => {
  assert.equal(exact(Math.fround(0.1)), '0.1');
  assert.equal(exact(Math.fround(-2.7)), '−2.7');
  assert.equal(exact(Math.fround(1e-7)), '1e−7');
  assert.equal(exact(16777216), '16777216');
  assert.equal(exact(0), '0');
});

test('numbers of a common size have three significant digits and no exponent', () => {
  for (let size = 1e-3; size < 1e5; size *= 1.0173) {
    for (const value of [size, -size]) {
      const text = short(value);
      assert.match(text, value < 0 ? /^−[\d,]+(\.\d+)?$/ : /^[\d,]+(\.\d+)?$/);
      assert.ok(Math.abs(read(text) - value) <= 0.005 * size, `${value}: ${text}`);
      assert.ok(text.replace(/\D/g, '').replace(/^0+|0+$/g, '').length <= 3, text);
    }
  }
  assert.deepEqual([0.001, 1, 999.6, -1234, 99999].map(short), ['0.001', '1', '1,000', '−1,230', '100,000']);
});

test('very small and very large numbers have an exponent', () => {
  const values = [0.00012345, -0.00012345, 1e5, -123456, 1e-30];
  assert.deepEqual(values.map(short), ['1.23e−4', '−1.23e−4', '1.00e+5', '−1.23e+5', '1.00e−30']);
});

test('what stands below a tile is brief, and only a true zero is written as one', () => {
  const values = [0.126, -0.126, 12.34, -123.4, 99999, 1.6e5, -1.6e5, 0.004, -0.004, 0];
  const expected = ['0.13', '−0.13', '12.3', '−123', '100,000', '2e+5', '−2e+5', '0.00', '0.00', '0'];
  assert.deepEqual(values.map(brief), expected);
});

test('numbers that stand below each other have three decimals', () => {
  assert.deepEqual(
    [1.23456, -1.23456, 0, 1234].map((value) => decimals(value)),
    ['1.235', '−1.235', '0.000', '1,234.000'],
  );
  assert.equal(signed(-0.5, decimals), '−0.500');
});

test('zero is zero, whatever its sign', () => {
  for (const zero of [0, -0]) assert.deepEqual([short(zero), exact(zero), signed(zero)], ['0', '0', '0']);
});

test('a signed number tells its sign in any case', () => {
  assert.deepEqual([signed(1.5), signed(-1.5)], ['+1.5', '−1.5']);
  assert.deepEqual([signed(1.23456, exact), signed(-1.23456, exact)], ['+1.23456', '−1.23456']);
});

test('a small share is not written as none, nor a large one as all', () => {
  const shares = [0, 1e-9, 0.0049, 0.005, 0.5, 0.99, 0.9951, 1];
  assert.deepEqual(
    shares.map((part) => share(part)),
    ['0%', '<1%', '<1%', '1%', '50%', '99%', '>99%', '100%'],
  );
});

test('a sentence takes each value as it is', () => {
  const values = { name: '$& {unit}', unit: 'channel', number: 0 };
  assert.equal(fill('{unit} {number} of {name}, {unit} { }', values), 'channel 0 of $& {unit}, channel { }');
});
