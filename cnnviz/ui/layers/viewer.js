// One picture on the whole screen. It is shrunk, by averaging, until it fits; enlarged, each of its pixels takes a whole
// number of the screen's, so that nothing is smeared or invented.

/** @import { ViewerPart } from '../shared/values' */

import { findLayer } from '../shared/navigation.js';
import { decimals } from '../shared/numbers.js';
import { leave, step } from '../shared/steps.js';

const WHEEL_STEP = 30;
/** @type {Record<string, string>} */
const KEYS = { '+': 'in', '=': 'in', '-': 'out', 0: 'fit' };
const FACTORS = [1, 2, 3, 4, 6, 8, 12, 16];

/** @param {ViewerPart} part */
export function start({ element }) {
  const dialog = element.querySelector('dialog');
  const pane = dialog.querySelector('.pane');
  const image = pane.querySelector('img');
  const [caption, zoom] = [dialog.querySelector('p'), dialog.querySelector('output')];
  let scale = 1; // the screen's pixels for one of the picture's

  const fitting = () => {
    const ratio = window.devicePixelRatio;
    const fits = Math.min(
      (ratio * pane.clientWidth) / image.naturalWidth,
      (ratio * pane.clientHeight) / image.naturalHeight,
    );
    return fits < 1 ? fits : Math.floor(fits);
  };
  /** @param {number} wanted */
  const clamp = (wanted) => Math.min(Math.max(wanted, Math.min(fitting(), 1)), FACTORS[FACTORS.length - 1]);

  // Shows the picture at a scale; the point of the window that is given stays where it is.
  /** @param {number} wanted @param {number} x @param {number} y */
  function show(wanted, x = pane.clientWidth / 2, y = pane.clientHeight / 2) {
    const before = scale;
    scale = clamp(wanted);
    const [left, top] = [(pane.scrollLeft + x) / before, (pane.scrollTop + y) / before];
    image.style.width = `${(image.naturalWidth * scale) / window.devicePixelRatio}px`;
    image.style.imageRendering = scale >= 1 ? 'pixelated' : 'auto';
    pane.scrollTo(left * scale - x, top * scale - y);
    zoom.textContent = `${decimals(100 * scale, 0)}%`;
  }

  /** @param {number} wanted */
  const whole = (wanted) => (wanted < 1 ? wanted : (FACTORS.findLast((factor) => factor <= wanted + 0.5) ?? 1));
  /** @param {number} [x] @param {number} [y] */
  const zoomIn = (x, y) => show(FACTORS.find((factor) => factor > scale + 1e-6) ?? scale, x, y);
  /** @param {number} [x] @param {number} [y] */
  const zoomOut = (x, y) => show(FACTORS.findLast((factor) => factor < scale - 1e-6) ?? fitting(), x, y);

  /** @param {Found} layer */
  async function open(layer) {
    const address = layer.querySelector('[data-view]').dataset.view;
    const text = layer.querySelector('.grid').alt;
    const link = dialog.querySelector('a');
    [image.src, image.alt, caption.textContent] = [address, text, text];
    [link.href, link.download] = [address, decodeURIComponent(address.split('/').pop())];
    if (!dialog.open) dialog.showModal();
    try {
      await image.decode();
    } catch {
      // another picture was opened meanwhile, or this one has been deleted on the server
      return;
    }
    scale = 1;
    pane.scrollTo(0, 0);
    show(fitting());
    pane.focus();
  }

  /** @type {Record<string, () => void>} */
  const actions = { in: () => zoomIn(), out: () => zoomOut(), fit: () => show(fitting()), close: () => dialog.close() };
  dialog.addEventListener('click', (event) => actions[event.target.dataset.zoom]?.());
  pane.addEventListener('dblclick', (event) => zoomIn(...place(event.clientX, event.clientY)));
  dialog.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey) return; // the browser's own zoom
    const action = KEYS[event.key];
    if (!action) return;
    event.preventDefault();
    actions[action]();
  });
  window.addEventListener('resize', () => dialog.open && show(scale));

  // The place in the pane of a point of the window.
  /** @param {number} x @param {number} y @returns {[number, number]} */
  function place(x, y) {
    const box = pane.getBoundingClientRect();
    return [x - box.left, y - box.top];
  }

  let turned = 0; // of the wheel, since the last step
  pane.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return; // which is also what a pinch on a trackpad sends, in many small turns
      event.preventDefault();
      turned += event.deltaY;
      if (Math.abs(turned) < WHEEL_STEP) return;
      (turned < 0 ? zoomIn : zoomOut)(...place(event.clientX, event.clientY));
      turned = 0;
    },
    { passive: false },
  );

  // Two fingers: any scale while they move, a whole one when they leave.
  /** @type {{ spread: number, scale: number } | null} */
  let pinch = null;
  /** @param {TouchList} touches */
  const spread = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  /** @param {TouchList} touches */
  const middle = ([one, other]) => place((one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2);
  pane.addEventListener(
    'touchstart',
    ({ touches }) => {
      if (touches.length === 2) pinch = { spread: spread(touches), scale };
    },
    { passive: true },
  );
  pane.addEventListener(
    'touchmove',
    (event) => {
      if (!pinch || event.touches.length !== 2) return;
      event.preventDefault();
      show(pinch.scale * (spread(event.touches) / pinch.spread), ...middle(event.touches));
    },
    { passive: false },
  );
  pane.addEventListener('touchend', () => {
    if (pinch) show(whole(scale));
    pinch = null;
  });

  document.addEventListener('click', (event) => {
    const layer = event.target.closest('[data-view]')?.closest('.layer');
    if (!layer) return;
    open(layer);
    step({ large: layer.dataset.name }, { hash: location.hash, isDialog: true });
  });

  const asked = () => new URLSearchParams(location.search).get('large');
  // Opens the picture that the page's address asks for, or none.
  async function follow() {
    const name = asked();
    const layer = name === null ? null : await findLayer(name);
    if (name !== asked()) return; // the visitor went on meanwhile
    if (layer) open(layer);
    else dialog.close();
  }
  dialog.addEventListener('close', () => {
    if (asked() !== null) leave({}, location.hash);
  });
  window.addEventListener('popstate', follow);
  if (asked() !== null) follow();
}
