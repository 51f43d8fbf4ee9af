// The address that reopens the page where somebody is.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readLink, readOff, readTab, writeLink, writeNote, writeOff } from '../../../cnnviz/ui/shared/link.js';

const NAMES = ['conv2d_1', 'block/conv', 'ä&=?#', 'a+b c', '100%25', 'null', '__proto__', '猫🐈'];
const LAYERS = NAMES.map((name, index) => ({ name, num_channels: 1 + 16 * index }));

const address = (values) => `?${new URLSearchParams(values)}`;

test('an address leads back to the layer and the channel that it was written for', () => {
  LAYERS.forEach(({ name, num_channels: number }, layer) => {
    for (const channel of [null, 0, number - 1]) {
      for (const search of ['', '?layer=old&channel=7', '?layer=old&layer=older&channel=7&channel=8']) {
        assert.deepEqual(readLink(writeLink(search, { layer: name, channel }), LAYERS), {
          layer,
          channel,
          trouble: null,
        });
      }
    }
  });
});

test('whatever else the address holds stays', () => {
  const search = '?view=a%26b&layer=old&__theme=dark&channel=3&view=%C3%A4+2';
  for (const channel of [null, 4]) {
    const kept = new URLSearchParams(writeLink(search, { layer: 'ä&=?#', channel }));
    assert.deepEqual(kept.getAll('view'), ['a&b', 'ä 2']);
    assert.equal(kept.get('__theme'), 'dark');
    assert.deepEqual(kept.getAll('channel'), channel === null ? [] : ['4']);
  }
});

test('an address without its layer and channel keeps the rest', () => {
  assert.equal(writeLink('?layer=conv2d_3&channel=17', {}), '');
  assert.equal(writeLink('?layer=a&__theme=dark&channel=3', {}), '?__theme=dark');
  assert.equal(writeLink('', {}), '');
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

test('the tab is the one of the layer, or the one that is named', () => {
  assert.equal(readTab(''), 'layers');
  assert.equal(readTab('?tab=why&large=conv2d_1'), 'why');
  for (const search of ['?layer=a', '?channel=3', '?layer=a&tab=why']) assert.equal(readTab(search), 'channels');
  assert.equal(writeLink('?tab=why&large=a&x=1', {}), '?x=1');
  assert.equal(writeLink('?layer=a&channel=2', { tab: 'why' }), '?tab=why');
});

const SWITCHABLE = NAMES.map((name, index) => ({ name, num_channels: 40, can_switch: index !== 1 }));

test('what is switched off is read as it was written', () => {
  const off = new Map([
    ['conv2d_1', new Set([9, 3, 4, 5, 39])],
    ['ä&=?#', new Set([0])],
    ['猫🐈', new Set(Array.from({ length: 40 }, (_, index) => index))],
  ]);
  const search = writeNote('?layer=a&off=b*1', 'off', writeOff(off));
  assert.deepEqual(readOff(search, SWITCHABLE), off);
  assert.deepEqual(writeOff(off), ['conv2d_1*3-5.9.39', 'ä&=?#*0', '猫🐈*0-39']);
  assert.ok(search.startsWith('?layer=a&off=conv2d_1*3-5.9.39&off='));
  assert.equal(writeNote(search, 'off', []), '?layer=a');
});

test('what cannot be switched off stays on', () => {
  const wrong = [
    'conv2d_9*1',
    'block/conv*1',
    'conv2d_1',
    'conv2d_1*',
    'conv2d_1*40',
    'conv2d_1*5-3',
    'conv2d_1*x.-1.1e1',
    '*',
  ];
  for (const text of wrong) assert.equal(readOff(`?${new URLSearchParams({ off: text })}`, SWITCHABLE).size, 0, text);
  assert.deepEqual(readOff('?off=conv2d_1*38-999999999', SWITCHABLE), new Map([['conv2d_1', new Set([38, 39])]]));
});
