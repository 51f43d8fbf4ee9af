// The menu of layers, stage by stage; where there are many, with a field that finds one by its name, kind or stage.

/** @import { MenuGroup } from './values' */

import { make } from './dom.js';

const MANY = 16;
let lists = 0;

// Lists the layers; what was chosen stays if it is there, else it is the given one.
/** @param {Found} menu @param {MenuGroup[]} groups @param {string | null} otherwise @param {string} find */
export function listLayers(menu, groups, otherwise, find) {
  const before = menu.value;
  const names = groups.flatMap(({ layers }) => layers.map(({ name }) => name));
  menu.replaceChildren(
    ...groups.map(({ title, layers }) => {
      const group = make('optgroup');
      group.label = title;
      group.append(...layers.map(({ name }) => new Option(name, name)));
      return group;
    }),
  );
  menu.value = names.includes(before) ? before : (otherwise ?? '');
  const field = fieldBeside(menu, find);
  field.hidden = names.length <= MANY;
  field.list.replaceChildren(
    ...groups.flatMap(({ title, layers }) =>
      layers.map(({ name, text }) => {
        const option = new Option('', name);
        option.label = `${text} · ${title}`;
        return option;
      }),
    ),
  );
}

// The field beside a menu: the browser itself suggests what fits, and a layer's whole name chooses it.
/** @param {Found} menu @param {string} text @returns {Found} */
function fieldBeside(menu, text) {
  const label = menu.closest('label');
  const there = label.nextElementSibling;
  if (there?.classList.contains('find-layer')) return /** @type {Found} */ (there);
  const field = make('input', '', 'find-layer');
  const list = make('datalist');
  lists += 1;
  list.id = `layers-${lists}`;
  field.type = 'search';
  field.placeholder = field.ariaLabel = text;
  field.setAttribute('list', list.id);
  label.after(field, list);
  field.addEventListener('input', (/** @type {Event} */ event) => {
    event.stopPropagation(); // the form would take it for one of its own
    if (![...menu.options].some(({ value }) => value === field.value)) return;
    menu.value = field.value;
    field.value = '';
    for (const kind of ['input', 'change']) menu.dispatchEvent(new Event(kind, { bubbles: true }));
  });
  field.addEventListener('change', (/** @type {Event} */ event) => event.stopPropagation());
  return field;
}
