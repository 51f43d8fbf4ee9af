// The strip: its tiles light up in order when a photo arrives, show on the photo what their strongest unit saw, and
// lead to their layers. Scrolled out of sight, it stays at the top of the window as navigation.

/** @import { StripPart, UnitLook } from '../shared/values' */

import { download } from '../shared/download.js';
import { dimWhileLooking } from '../shared/looking.js';
import { followPanel } from '../shared/api_panel.js';
import { followAddress, goTo, layersTabIsOpen, reducesMotion } from '../shared/navigation.js';
import { Questions } from '../shared/questions.js';

const LIGHT_UP_MS = 60;
const FADE_MS = 300;
const STUCK_PIXELS = 84;

/** @param {StripPart} part */
export function start({ element, props, trigger, watch }) {
  const questions = new Questions(trigger);
  let selected = props.value.selected;
  let pressed = { pointerType: '', selected }; // what a click began with: some browsers call a tap's click a mouse's
  let photo = props.value.photo.src;

  const tiles = () => [...element.querySelectorAll('[data-tile]')];
  /** @param {any} event @returns {Found | null} */
  const tileOf = (event) => event.target.closest('[data-tile]');

  /** @param {number} index */
  function select(index) {
    selected = index;
    for (const tile of tiles()) tile.classList.toggle('selected', Number(tile.dataset.tile) === index);
    showUnit(props.value.tiles[index].unit);
  }

  function lightUp() {
    element.classList.add('lit');
    if (reducesMotion()) return;
    element.querySelectorAll('.tile').forEach((tile, index) => {
      tile.animate([{ opacity: 0.1 }, { opacity: 1 }], {
        duration: FADE_MS,
        delay: index * LIGHT_UP_MS,
        fill: 'backwards',
      });
    });
  }

  element.addEventListener('pointerover', (event) => {
    const tile = tileOf(event);
    if (tile && event.pointerType !== 'touch') select(Number(tile.dataset.tile));
  });
  element.addEventListener('pointerdown', ({ pointerType }) => {
    pressed = { pointerType, selected };
  });
  element.addEventListener('keydown', () => {
    pressed = { pointerType: 'keyboard', selected };
  });
  element.addEventListener('focusin', (event) => {
    const tile = tileOf(event);
    if (tile) select(Number(tile.dataset.tile));
  });
  element.addEventListener('click', (event) => {
    if (event.target.closest('[data-save]')) save();
    const tile = tileOf(event);
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey) return; // the link, for a tab or window of its own
    event.preventDefault();
    const index = Number(tile.dataset.tile);
    const tapped = pressed.pointerType === 'touch' && !element.classList.contains('stuck');
    if (tapped && pressed.selected !== index) select(index); // a finger cannot point: its first tap does
    else goTo(tile.dataset.layer);
  });

  const status = () => element.querySelector('.finding [role="status"]');
  function save() {
    const { token, colormap, saving } = props.value;
    status().innerHTML = saving; // all values of a template are HTML
    questions.ask('save', { token, colormap });
  }
  watch('journey', () => {
    const reply = props.journey;
    if (!questions.settle('save', reply)) return;
    status().textContent = reply.error ?? '';
    if (reply.gone) trigger('submit', {}); // the photo is shown anew, if it can be
    if (reply.url) download(reply);
  });

  dimWhileLooking(element, watch);
  watch('value', () => {
    if (props.value.photo.src !== photo) {
      photo = props.value.photo.src;
      lightUp();
    }
    select(selected < props.value.tiles.length ? selected : props.value.selected);
  });

  stick(element);
  select(selected);
  lightUp();
  followAddress();
  followPanel();
}

// Draws what a unit saw as a box on the seen picture, and shows the patch beside it.
/** @param {UnitLook} unit */
function showUnit(unit) {
  const answer = document.getElementById('answer');
  const box = answer?.querySelector('.unit');
  if (!box) return;
  box.hidden = !unit.patch;
  box.style.inset = unit.inset;
  const patch = answer.querySelector('.patch img');
  patch.hidden = !unit.patch;
  if (unit.patch) {
    patch.src = unit.patch.src;
    patch.width = unit.patch.width;
    patch.height = unit.patch.height;
  }
  answer.querySelector('.patch figcaption').innerHTML = unit.text; // all values of a template are HTML
}

// Keeps the tiles at the top of the window while the layers are in sight and the strip is not.
/** @param {Found} element */
function stick(element) {
  document.documentElement.style.scrollPaddingTop = `${STUCK_PIXELS}px`; // what gets the focus is not below it
  const update = () => {
    const stuck = layersTabIsOpen() && element.getBoundingClientRect().bottom < 0;
    if (stuck !== element.classList.contains('stuck')) {
      element.style.height = stuck ? `${element.offsetHeight}px` : '';
      element.classList.toggle('stuck', stuck);
    }
    markCurrent(element, stuck);
  };
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  };
  window.addEventListener('scroll', later, { passive: true });
  window.addEventListener('resize', later, { passive: true });
  document.addEventListener('click', later);
}

// Marks the tile of the layer that is being looked at, and brings it into sight.
/** @param {Found} element @param {boolean} stuck */
function markCurrent(element, stuck) {
  // A line a third down the window; towards the end of the page it sinks to the bottom, so that it passes every layer.
  const below = document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
  const line = window.innerHeight / 3 + Math.max((2 / 3) * window.innerHeight - below, 0);
  /** @param {Found} layer */
  const passed = (layer) => layer.getBoundingClientRect().top < line;
  const current = stuck ? [...document.querySelectorAll('#layers .layer')].findLast(passed)?.dataset.name : undefined;
  const track = element.querySelector('.track');
  for (const tile of element.querySelectorAll('[data-tile]')) {
    const isCurrent = tile.dataset.layers.split('\n').includes(current);
    if (isCurrent === tile.hasAttribute('aria-current')) continue;
    if (isCurrent) tile.setAttribute('aria-current', 'true');
    else tile.removeAttribute('aria-current');
    if (isCurrent) track.scrollLeft += tile.getBoundingClientRect().left - track.clientWidth / 2;
  }
}
