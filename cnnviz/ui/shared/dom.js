// Making elements. Texts are never read as HTML.

/** @param {string} tag @param {string} text @param {string} className @returns {Found} */
export function make(tag, text = '', className = '') {
  const element = /** @type {Found} */ (document.createElement(tag));
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

// The cell in which a point lies, if a whole is divided into so many.
/** @param {number} part @param {number} whole @param {number} cells */
export const cellAt = (part, whole, cells) => Math.min(Math.max(Math.floor((part / whole) * cells), 0), cells - 1);

// Whether keys are pressed that make a shortcut of the browser of another key.
/** @param {{ altKey: boolean, ctrlKey: boolean, metaKey: boolean }} event */
export const isShortcut = ({ altKey, ctrlKey, metaKey }) => altKey || ctrlKey || metaKey;

// What a canvas without an element is drawn with.
/** @param {OffscreenCanvas} canvas @param {object} options */
export const context2d = (canvas, options = {}) =>
  /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', options));
