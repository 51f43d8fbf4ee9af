// A channel's map at every moment of the training, in a strip.

/** @import { FilmAnswer } from '../shared/values' */

import { make } from '../shared/dom.js';
import { cutRow } from '../shared/tile_row.js';

/** @param {FilmAnswer} film */
export function drawFilm({ heading, text, row, frames }) {
  const section = make('section', '', 'film');
  const list = make('ol', '', 'tile-row');
  const pictures = cutRow(list, row);
  list.append(
    ...frames.map(({ title, answer, largest }, index) => {
      const frame = make('li');
      frame.append(pictures[index], make('b', title), make('span', answer), make('span', largest));
      return frame;
    }),
  );
  section.append(make('h4', heading), make('p', text, 'quiet'), list);
  return section;
}
