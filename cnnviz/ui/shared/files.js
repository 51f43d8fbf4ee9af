// Files that are dropped or pasted anywhere on the page, also over a photo that is shown already.

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
}
