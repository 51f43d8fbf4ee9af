// While the network looks at another photo: what is still about the last one is dim, and says so.

export const BEGINS = 'looking-begins';
const PROGRESS = '[data-testid="status-tracker"]';

// Dims a part until it has the other photo's values, or until Gradio says that the question has ended without any.
/** @param {Found} element @param {(prop: 'value', then: () => void) => void} watch */
export function dimWhileLooking(element, watch) {
  /** @param {boolean} isLooking */
  const dim = (isLooking) => element.classList.toggle('looking', isLooking);
  document.addEventListener(BEGINS, () => dim(true));
  watch('value', () => dim(false));
  const progress = element.closest('.block').querySelector(PROGRESS);
  new MutationObserver(() => {
    if (progress.classList.contains('hide')) dim(false);
  }).observe(progress, { attributeFilter: ['class'] });
}
