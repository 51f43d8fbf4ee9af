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

// Waits for a layer: a tab's content comes into being when it is opened.
async function find(name) {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const layer = document.getElementById(name);
    if (layer?.closest('#layers')?.offsetParent != null) return layer;
    if (performance.now() > end) return null;
    await new Promise(requestAnimationFrame);
  }
}
