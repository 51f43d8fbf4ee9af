// Ways around the page.

import { withoutLink } from './link.js';

const WAIT_MS = 20_000; // a slow machine takes its time over a tab

export const reducesMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export const layersTabIsOpen = () => document.getElementById('layers')?.offsetParent != null;

const channelsTabIsOpen = () => document.getElementById('channels')?.offsetParent != null;

// Opens a tab. While the page is still being put together, its button may not be there, or do nothing yet.
/** @param {string} name */
const openTab = (name) =>
  waitFor(() => {
    const button = document.getElementById(`${name}-tab-button`);
    if (button?.ariaSelected !== 'true') button?.click();
    return button?.ariaSelected === 'true' ? button : null;
  });

// Goes to a layer, in the tab that shows all layers.
/** @param {string} name */
export async function goTo(name) {
  if (!layersTabIsOpen()) openTab('layers');
  const layer = await find(name);
  if (!layer) return;
  history.replaceState(null, '', `${location.pathname}${withoutLink(location.search)}#${encodeURIComponent(name)}`);
  layer.scrollIntoView({ behavior: reducesMotion() ? 'auto' : 'smooth' });
  layer.querySelector('h3').focus({ preventScroll: true });
}

// Goes to where the page's address leads: to the channel explorer if it asks for a layer there, also by a link of the
// class "closer"; to the layer that it names, now and whenever it changes.
export function followAddress() {
  const leadsToChannels = () => ['layer', 'channel'].some((name) => new URLSearchParams(location.search).has(name));
  if (leadsToChannels()) openTab('channels');
  window.addEventListener('popstate', ({ state }) => {
    if (leadsToChannels()) openTab('channels');
    else if (channelsTabIsOpen()) openTab(state?.tab ?? 'layers');
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a.closer');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return; // these open another window
    event.preventDefault();
    history.replaceState({ tab: link.dataset.tab }, ''); // where the way back leads
    history.pushState(null, '', link.href);
    window.dispatchEvent(new PopStateEvent('popstate'));
  });
  const follow = () => {
    let name = location.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      /* it is no encoded text, so no layer is called that */
    }
    if (name) goTo(name);
  };
  window.addEventListener('hashchange', follow);
  follow();
}

/** @param {string} name */
export const layerSelector = (name) => `[data-name="${CSS.escape(name)}"]`;

// Waits for a layer: a tab's content comes into being when it is opened.
/** @param {string} name */
function find(name) {
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
async function waitFor(look) {
  const end = performance.now() + WAIT_MS;
  do {
    const found = look();
    if (found !== null) return found;
    await new Promise(requestAnimationFrame);
  } while (performance.now() < end);
  return null;
}
