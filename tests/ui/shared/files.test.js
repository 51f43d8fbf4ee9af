// Files that are dropped or pasted, told apart from all else that is.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { refuseLarge, takeFiles } from '../../../cnnviz/ui/shared/files.js';

const PHOTO = new File(['photo'], 'cat.png');

let page;
let taken;

// What the browser sends: an event that carries something.
function send(type, carried) {
  const event = Object.assign(new Event(type, { cancelable: true }), carried);
  page.dispatchEvent(event);
  return event;
}

const drag = (types) => send('dragover', { dataTransfer: { types } });
const drop = (types, files) => send('drop', { dataTransfer: { types, files } });
const paste = (files) => send('paste', { clipboardData: { files } });

beforeEach(() => {
  page = new EventTarget();
  globalThis.document = page;
  taken = [];
});

const start = () => takeFiles((file) => taken.push(file));

test('a file that is dropped is taken, and the browser does not open it', () => {
  start();
  assert.equal(drag(['Files']).defaultPrevented, true);
  assert.equal(drop(['Files'], [PHOTO]).defaultPrevented, true);
  assert.deepEqual(taken, [PHOTO]);
});

test('of several files the first is taken', () => {
  start();
  drop(['Files'], [PHOTO, new File(['other'], 'dog.png')]);
  paste([new File(['other'], 'dog.png'), PHOTO]);
  assert.deepEqual(
    taken.map((file) => file.name),
    ['cat.png', 'dog.png'],
  );
});

test('text that is dragged or pasted is left to the browser', () => {
  start();
  assert.equal(drag(['text/plain']).defaultPrevented, false);
  assert.equal(drop(['text/plain'], []).defaultPrevented, false);
  paste([]);
  assert.deepEqual(taken, []);
});

test('what another area of the page has taken is not taken twice', () => {
  for (const type of ['drop', 'paste']) page.addEventListener(type, (event) => event.preventDefault());
  start();
  drop(['Files'], [PHOTO]);
  paste([PHOTO]);
  assert.deepEqual(taken, []);
});

test('a file that is too large is refused before anyone else sees it, and others pass', () => {
  const refused = [];
  refuseLarge(page, PHOTO.size, (file) => refused.push(file));
  start();
  const large = new File(['a larger photo'], 'large.png');
  assert.equal(drop(['Files'], [PHOTO]).defaultPrevented, true);
  assert.equal(drop(['Files'], [large]).defaultPrevented, true);
  assert.equal(drop(['text/plain'], []).defaultPrevented, false);
  assert.deepEqual([refused, taken[0]], [[large], PHOTO]);
});
