// Ways around the page.

const WAIT_MS = 3000;

export const reducesMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export const layersTabIsOpen = () => document.getElementById('layers')?.offsetParent != null;

// Goes to a layer, in the tab that shows all layers.
export async function goTo(name) {
  if (!layersTabIsOpen()) document.getElementById('layers-tab-button')?.click();
  const layer = await find(name);
  if (!layer) return;
  history.replaceState(null, '', `#${encodeURIComponent(name)}`);
  layer.scrollIntoView({ behavior: reducesMotion() ? 'auto' : 'smooth' });
  layer.querySelector('h3').focus({ preventScroll: true });
}

// Goes to the layer that the page's address names, now and whenever it changes.
export function followAddress() {
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

// Waits for a layer: a tab's content comes into being when it is opened.
async function find(name) {
  const end = performance.now() + WAIT_MS;
  do {
    const layer = document.querySelector(`#layers [data-name="${CSS.escape(name)}"]`);
    if (layer?.offsetParent != null) return layer;
    await new Promise(requestAnimationFrame);
  } while (performance.now() < end);
  return null;
}
