// While the network looks at another photo: what is still about the last one is dim, and says so.

const BEGINS = 'looking-begins';
const ENDS = 'looking-ends';

// Dims a part until it has the other photo's values, or until the question has ended without any.
/** @param {Found} element @param {(prop: 'value', then: () => void) => void} watch */
export function dimWhileLooking(element, watch) {
  /** @param {boolean} isLooking */
  const dim = (isLooking) => element.classList.toggle('looking', isLooking);
  document.addEventListener(BEGINS, () => dim(true));
  document.addEventListener(ENDS, () => dim(false));
  watch('value', () => dim(false));
}
