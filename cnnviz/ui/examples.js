// The examples: a click shows one.

export function start({ element, trigger }) {
  element.addEventListener('click', (event) => {
    const button = event.target.closest('[data-example]');
    if (button) trigger('select', { index: Number(button.dataset.example) });
  });
}
