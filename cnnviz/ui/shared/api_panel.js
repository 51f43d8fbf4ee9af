// Gradio's panel on the API: it opens by its link, and leaves the page's address as it was.

import { waitFor } from './navigation.js';

const VIEW = 'view';
const LANGUAGE = 'lang';

const panelIsOpen = () => document.querySelector('.api-docs') !== null;

export async function followPanel() {
  keepAddress();
  if (new URLSearchParams(location.search).get(VIEW) !== 'api') return;
  const button = await waitFor(() => document.querySelector('footer button.show-api'));
  if (!button || panelIsOpen()) return;
  button.click(); // Gradio takes it for open, though it has not even loaded it
  button.click();
}

// Gradio replaces the whole address by a search when the panel opens or closes, which loses the layer that it names.
function keepAddress() {
  const replace = history.replaceState.bind(history);
  history.replaceState = (state, unused, url) => {
    const isGradios =
      typeof url === 'string' && url.startsWith('?') && url.includes(VIEW) !== location.search.includes(VIEW);
    replace(isGradios ? history.state : state, unused, isGradios ? withFragment(url) : url);
  };
}

/** @param {string} search */
function withFragment(search) {
  const asked = new URLSearchParams(search);
  if (panelIsOpen() && !asked.has(VIEW)) asked.delete(LANGUAGE);
  return `${location.pathname}${asked.size ? `?${asked}` : ''}${location.hash}`;
}
