// How large maps are drawn.

// The width of a map of so many columns, in pixels of CSS: each unit gets a whole number of the screen's pixels; a map
// that is wider than its room is shrunk to it, and not crisp.
/** @param {number} columns @param {number} wanted @param {number} room @param {number} ratio */
export function fitMap(columns, wanted, room, ratio = window.devicePixelRatio) {
  const factor = Math.max(Math.floor((Math.min(wanted, room) * ratio) / columns), 1);
  const width = Math.min((columns * factor) / ratio, room);
  return { width, crisp: width < room || columns * factor <= room * ratio };
}
