// What a visitor does while scripts are on their way: it is held, and done when all of them are there. Every part reads
// this before its own script comes, see `cnnviz/ui/component.py`; so it is an expression, and no module.

(() => {
  const KINDS = ['click', 'input', 'change', 'keydown'];
  const KEYS = /^(Arrow.*|Home|End|Escape)$/; // others do something without any script, or give a click
  const BY_THE_BROWSER = 'input, label, select, summary'; // clicks that do something without any script
  const MAX_MS = 10_000;
  let loading = 0;
  /** @type {any[]} */
  const held = [];

  /** @param {any} event */
  function hold(event) {
    const { target, type, ctrlKey, metaKey, shiftKey } = event;
    if (!target.closest?.('.html-container')) return;
    if (type === 'keydown' && (!KEYS.test(event.key) || target.closest(BY_THE_BROWSER))) return;
    if (type === 'click' && (ctrlKey || metaKey || shiftKey || target.closest(BY_THE_BROWSER))) return;
    event.stopImmediatePropagation();
    if (type === 'click') event.preventDefault();
    if (!held.length) setTimeout(release, MAX_MS); // a script that never comes must not hold the others up
    held.push(event);
  }

  function release() {
    for (const kind of KINDS) document.removeEventListener(kind, hold, true);
    for (const event of held.splice(0)) {
      event.target.dispatchEvent(new event.constructor(event.type, event));
    }
  }

  return {
    begin() {
      loading += 1;
      for (const kind of KINDS) document.addEventListener(kind, hold, true);
    },
    end() {
      loading -= 1;
      if (loading === 0) release();
    },
  };
})();
