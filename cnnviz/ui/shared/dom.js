// Making elements. Texts are never read as HTML.

export function make(tag, text = '', className = '') {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

// The cell in which a point lies, if a whole is divided into so many.
export const cellAt = (part, whole, cells) => Math.min(Math.max(Math.floor((part / whole) * cells), 0), cells - 1);

// Whether keys are pressed that make a shortcut of the browser of another key.
export const isShortcut = ({ altKey, ctrlKey, metaKey }) => altKey || ctrlKey || metaKey;
