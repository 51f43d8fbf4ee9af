// Each tile of a layer's picture is a door: it tells its number, and a click opens its channel.

/** @import { LayersLayer, LayersTiles } from '../shared/values' */

import { isShortcut } from '../shared/dom.js';
import { fill } from '../shared/numbers.js';

/** @param {Found} door */
const keepInSight = (door) => door.scrollIntoView({ block: 'nearest' });

/** @typedef {LayersLayer & { tiles: LayersTiles }} Tiled */

// `find` gives what is known of a layer; `text` is how a tile is called.
/** @param {Found} element @param {(name: string) => LayersLayer} find @param {() => any} text */
export function openDoors(element, find, text) {
  /** @param {Found} within @returns {{ door: Found, layer: Tiled } | null} */
  function doorOf(within) {
    const section = within.closest?.('.layer');
    const door = section?.querySelector('.door');
    return door ? { door, layer: /** @type {Tiled} */ (find(section.dataset.name)) } : null;
  }

  // Puts the frame around a tile.
  /** @param {Found} door @param {Tiled} layer @param {number} channel */
  function place(door, { tiles, width, height, address }, channel) {
    const [row, column] = [Math.floor(channel / tiles.columns), channel % tiles.columns];
    /** @param {number} part @param {number} whole */
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(door.style, {
      left: percent(column * tiles.across, width),
      top: percent(row * tiles.down, height),
      width: percent(tiles.width, width),
      height: percent(tiles.height, height),
    });
    door.classList.toggle('end', column >= tiles.columns / 2);
    door.dataset.channel = channel;
    door.href = `${address}&channel=${channel}`;
    door.querySelector('.number').textContent = fill(text(), { unit: tiles.unit, channel });
  }

  // Puts the frame around the tile at a point of the window, if there is one.
  /** @param {any} event @param {boolean} isShown */
  function point({ target, clientX, clientY }, isShown) {
    const found = target.closest?.('.plate') ? doorOf(target) : null;
    if (!found) return;
    const { door, layer } = found;
    const area = door.closest('.plate').getBoundingClientRect();
    const column = Math.floor((((clientX - area.left) / area.width) * layer.width) / layer.tiles.across);
    const row = Math.floor((((clientY - area.top) / area.height) * layer.height) / layer.tiles.down);
    const channel = row * layer.tiles.columns + column;
    const isTile = column >= 0 && column < layer.tiles.columns && channel >= 0 && channel < layer.tiles.number;
    door.classList.toggle('shown', isShown && isTile);
    if (isTile) place(door, layer, channel);
  }

  element.addEventListener('pointermove', (event) => event.pointerType !== 'touch' && point(event, true));
  element.addEventListener('pointerout', ({ target, relatedTarget }) => {
    const plate = target.closest?.('.plate');
    if (plate && !plate.contains(relatedTarget)) plate.querySelector('.door')?.classList.remove('shown');
  });
  element.addEventListener('click', (event) => {
    const found = doorOf(event.target);
    const patch = event.target.closest('[data-tile]');
    if (event.target.matches('.grid')) point(event, true); // a finger: its next tap is on the door
    if (!found || !patch) return;
    place(found.door, found.layer, Number(patch.dataset.tile));
    found.door.classList.add('shown');
    found.door.focus({ preventScroll: true });
    keepInSight(found.door);
  });
  /** @param {any} target */
  function arrive(target) {
    const found = target?.matches('.door:focus-visible') ? doorOf(target) : null;
    if (!found) return;
    if (target.dataset.channel === undefined) place(target, found.layer, 0);
    keepInSight(target);
  }
  element.addEventListener('focusin', ({ target }) => arrive(target));
  arrive(element.querySelector('.door:focus-visible')); // it had the focus before this script was there
  element.addEventListener('focusout', ({ target }) => target.classList.remove('shown'));
  element.addEventListener('keydown', (event) => {
    const found = event.target.matches('.door') && !isShortcut(event) ? doorOf(event.target) : null;
    if (!found) return;
    const { number, columns } = found.layer.tiles;
    const channel = Number(event.target.dataset.channel);
    /** @type {Record<string, number>} */
    const to = {
      ArrowLeft: channel - 1,
      ArrowRight: channel + 1,
      ArrowUp: channel - columns,
      ArrowDown: channel + columns,
      Home: 0,
      End: number - 1,
    };
    if (!(event.key in to)) return;
    event.preventDefault();
    if (to[event.key] < 0 || to[event.key] >= number) return;
    place(event.target, found.layer, to[event.key]);
    keepInSight(event.target);
  });
}
