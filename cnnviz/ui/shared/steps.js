// The steps of a visitor, as the browser keeps them: Back and Forward go through tabs, layers and dialogs.

/** @import { Place } from './link.js' */

import { writeLink, writeNote } from './link.js';

/** @param {string} search @param {string} hash */
const addressOf = (search, hash) => `${location.pathname}${search}${hash}`;

// Goes on to a place; Back leads to where the visitor is now.
/** @param {Place} place @param {{ hash?: string, isDialog?: boolean }} how */
export function step(place, { hash = '', isDialog = false } = {}) {
  const address = addressOf(writeLink(location.search, place), hash);
  if (address !== addressOf(location.search, location.hash)) history.pushState({ isDialog }, '', address);
}

// Says better where the visitor is: Back leads to where it led before.
/** @param {Place} place @param {string} hash */
export const correct = (place, hash = '') =>
  history.replaceState(history.state, '', addressOf(writeLink(location.search, place), hash));

// Leaves a dialog: the step that led to it is undone; if a link did, the address is that of what lies behind it.
/** @param {Place} behind @param {string} hash */
export function leave(behind, hash = '') {
  if (history.state?.isDialog) history.back();
  else correct(behind, hash);
}

// Notes in the address what is no step, such as the example that is shown.
/** @param {string} name @param {string[]} values */
export function note(name, values) {
  const search = writeNote(location.search, name, values);
  if (search !== location.search) history.replaceState(history.state, '', addressOf(search, location.hash));
}

// Goes on in a dialog that the address names, which may be one of many steps: Back leads to the one before.
/** @param {string} name @param {string[]} values */
export function stepIn(name, values) {
  const search = writeNote(location.search, name, values);
  const depth = (history.state?.depth ?? 0) + 1;
  history.pushState({ isDialog: true, depth }, '', addressOf(search, location.hash));
}

// Leaves such a dialog: all of its steps are undone; if a link led to it, the address is that of what lies behind it.
/** @param {string} name */
export function leaveAll(name) {
  const depth = history.state?.depth ?? 0;
  if (depth) history.go(-depth);
  else note(name, []);
}
