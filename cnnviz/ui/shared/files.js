// Files that are dropped or pasted anywhere on the page, also over a photo that is shown already, or that a part of the
// page made; and those that are too large for the server.

const MADE = 'photo-made';

// Shows a photo that a part of the page made.
/** @param {File} file */
export const showMade = (file) => document.dispatchEvent(new CustomEvent(MADE, { detail: file }));

// Makes a file of what is drawn.
/** @param {Found} canvas @param {string} name @param {string} kind @param {number} [quality] @returns {Promise<File>} */
export const fileOf = (canvas, name, kind, quality) =>
  new Promise((done) =>
    canvas.toBlob((/** @type {Blob} */ blob) => done(new File([blob], name, { type: kind })), kind, quality),
  );

/** @param {(file: File) => void} take */
export function takeFiles(take) {
  /** @param {any} event */
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  document.addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault(); // or the browser would leave the page and open the file
  });
  document.addEventListener('drop', (event) => {
    if (!carriesFiles(event) || event.defaultPrevented) return; // Gradio's own area has taken it
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  document.addEventListener('paste', (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (file && !event.defaultPrevented) take(file);
  });
  document.addEventListener(MADE, ({ detail }) => take(detail));
}

// Keeps Gradio's own areas in an element from files that they would send and not explain.
/** @param {Found} element @param {number} maxBytes @param {(file: File) => void} refuse */
export function refuseLarge(element, maxBytes, refuse) {
  /** @param {any} event */
  const look = (event) => {
    const [file] = (event.dataTransfer ?? event.target).files ?? [];
    if (!file || file.size <= maxBytes) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.type === 'change') event.target.value = ''; // or the same file could not be chosen again
    else event.target.dispatchEvent(new Event('dragleave', { bubbles: true })); // or the area would wait for more
    refuse(file);
  };
  element.addEventListener('drop', look, true);
  element.addEventListener('change', look, true);
}
