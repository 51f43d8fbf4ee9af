// The address that reopens the page at a layer and a channel.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readLink, withoutLink, writeLink } from '../../../cnnviz/ui/shared/link.js';

const NAMES = ['conv2d_1', 'block/conv', 'ä&=?#', 'a+b c', '100%25', 'null', '__proto__', '猫🐈'];
const LAYERS = NAMES.map((name, index) => ({ name, num_channels: 1 + 16 * index }));

const address = (values) => `?${new URLSearchParams(values)}`;

test('an address leads back to the layer and the channel that it was written for', () => {
  LAYERS.forEach(({ name, num_channels: number }, layer) => {
    for (const channel of [null, 0, number - 1]) {
      for (const search of ['', '?layer=old&channel=7', '?layer=old&layer=older&channel=7&channel=8']) {
        assert.deepEqual(readLink(writeLink(search, name, channel), LAYERS), { layer, channel, trouble: null });
      }
    }
  });
});

test('whatever else the address holds stays', () => {
  const search = '?view=a%26b&layer=old&__theme=dark&channel=3&view=%C3%A4+2';
  for (const channel of [null, 4]) {
    const kept = new URLSearchParams(writeLink(search, 'ä&=?#', channel));
    assert.deepEqual(kept.getAll('view'), ['a&b', 'ä 2']);
    assert.equal(kept.get('__theme'), 'dark');
    assert.deepEqual(kept.getAll('channel'), channel === null ? [] : ['4']);
  }
});

test('an address without its layer and channel keeps the rest', () => {
  assert.equal(withoutLink('?layer=conv2d_3&channel=17'), '');
  assert.equal(withoutLink('?layer=a&__theme=dark&channel=3'), '?__theme=dark');
  assert.equal(withoutLink(''), '');
});

test('an address that asks for nothing is no trouble', () => {
  for (const search of ['', '?', '?view=api', '?layers=conv2d_1'])
    assert.deepEqual(readLink(search, LAYERS), { layer: null, channel: null, trouble: null });
});

test('a channel without a layer is said to lack it', () => {
  assert.deepEqual(readLink('?channel=0', LAYERS), { layer: null, channel: null, trouble: 'no_layer' });
});

test('a layer that does not exist is named', () => {
  for (const name of ['', 'conv2d_9', 'Conv2D_1', 'conv2d_1 ', 'toString', '<b>']) {
    const expected = { layer: null, channel: null, trouble: 'layer', name };
    assert.deepEqual(readLink(address({ layer: name }), LAYERS), expected);
    assert.deepEqual(readLink(address({ layer: name, channel: 'x' }), LAYERS), expected);
  }
});

test('of a channel that does not exist the layer is opened, and the last channel is told', () => {
  const wrong = ['', ' ', '17', '-1', '1.5', '1e1', '0x1', ' 1', '1\n', '+1', '١', 'NaN', 'null', '9'.repeat(400)];
  for (const number of wrong) {
    const expected = { layer: 1, channel: null, trouble: 'channel', name: 'block/conv', number, last: 16 };
    assert.deepEqual(readLink(address({ layer: 'block/conv', channel: number }), LAYERS), expected);
  }
});

test('an address that is no address is read all the same', () => {
  for (const search of ['?layer', '?layer=%', '?layer=%E0%A4%A', '?layer=\ud800', '?=&&==?#&layer=x'])
    assert.equal(readLink(search, LAYERS).trouble, 'layer');
  assert.equal(readLink('?%&channel=%FF', LAYERS).trouble, 'no_layer');
  assert.equal(readLink('?layer=conv2d_1', []).trouble, 'layer');
});
