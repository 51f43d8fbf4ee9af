// A file that the server made is downloaded.

/** @param {{ url: string, name: string }} file */
export const download = ({ url, name }) =>
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
