// Ways around the page.

import { FIRST_TAB, readTab } from './link.js';
import { step } from './steps.js';

const WAIT_MS = 20_000; // a slow machine takes its time over a tab

export const reducesMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export const layersTabIsOpen = () => document.getElementById('layers')?.offsetParent != null;

// Opens a tab. While the page is still being put together, its button may not be there, or do nothing yet.
/** @param {string} name */
const openTab = (name) =>
  waitFor(() => {
    const button = document.getElementById(`${name}-tab-button`);
    if (button?.ariaSelected !== 'true') button?.click();
    return button?.ariaSelected === 'true' ? button : null;
  });

// Goes to a layer, in the tab that shows all layers: a step of the visitor.
/** @param {string} name */
export function goTo(name) {
  step({}, { hash: `#${encodeURIComponent(name)}` });
  return showLayer(name);
}

/** @param {string} name */
async function showLayer(name) {
  if (!layersTabIsOpen()) openTab(FIRST_TAB);
  const layer = await findLayer(name);
  if (!layer) return;
  layer.scrollIntoView({ behavior: reducesMotion() ? 'auto' : 'smooth' });
  layer.querySelector('h3').focus({ preventScroll: true });
}

// Goes to where the page's address leads, now and whenever it changes: to a tab, to the layer that it names, or, by a
// link of the class "closer", to a channel. What is opened by hand becomes part of the address.
export function followAddress() {
  const open = () => openTab(readTab(location.search));
  if (readTab(location.search) !== FIRST_TAB) open();
  window.addEventListener('popstate', open);
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a.closer, a[href^="#"]');
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return; // another window
    event.preventDefault();
    if (!link.matches('.closer')) {
      goTo(link.getAttribute('href').slice(1)); // the browser would leave the page: its base has no search
      return;
    }
    history.pushState(null, '', link.href);
    window.dispatchEvent(new PopStateEvent('popstate'));
  });
  document.addEventListener('click', ({ target, isTrusted }) => {
    if (isTrusted && target.closest?.('.tab-wrapper')) requestAnimationFrame(() => requestAnimationFrame(noteTab));
  });
  const follow = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      /* it is no encoded text, so no layer is called that */
    }
    if (name) showLayer(name);
  };
  window.addEventListener('hashchange', follow);
  follow();
}

// Makes the tab that was opened part of the address.
function noteTab() {
  const tab = document.querySelector('[role="tab"][aria-selected="true"]').id.replace(/-tab-button$/, '');
  if (tab === readTab(location.search)) return;
  const layer = tab === 'channels' ? document.querySelector('.channels')?.dataset.layer : undefined;
  step(layer === undefined ? { tab: tab === FIRST_TAB ? null : tab } : { layer });
}

/** @param {string} name */
export const layerSelector = (name) => `[data-name="${CSS.escape(name)}"]`;

// Waits for a layer: a tab's content comes into being when it is opened.
/** @param {string} name */
export function findLayer(name) {
  let asked = false;
  return waitFor(() => {
    const layers = document.querySelector('#layers .layers');
    const layer = layers?.querySelector(layerSelector(name));
    if (layer?.offsetParent != null) return layer;
    if (layers?.offsetParent != null && !asked) {
      asked = true; // of a long network, only one stage is open
      layers.dispatchEvent(new CustomEvent('wanted', { detail: name, bubbles: true }));
    }
    return null;
  });
}

// Looks for something at every frame, and gives up after a while.
/** @template Found @param {() => Found | null} look @returns {Promise<Found | null>} */
export async function waitFor(look) {
  const end = performance.now() + WAIT_MS;
  do {
    const found = look();
    if (found !== null) return found;
    await new Promise(requestAnimationFrame);
  } while (performance.now() < end);
  return null;
}
