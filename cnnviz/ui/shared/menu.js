// Menus of layers or classes, in groups; where there are many, with a field that finds one by any part of what is said
// of it.

/** @import { MenuGroup } from './values' */

import { make } from './dom.js';

export const MANY = 16;
let lists = 0;

// Lists what can be chosen; what was chosen stays if it is there, else it is the given one. A group without a title
// stands for itself.
/** @param {Found} menu @param {MenuGroup[]} groups @param {string | null} otherwise @param {string} find */
export function listChoices(menu, groups, otherwise, find) {
  const before = menu.value;
  const names = groups.flatMap(({ entries }) => entries.map(({ name }) => name));
  menu.replaceChildren(...groups.flatMap(describe));
  menu.value = names.includes(before) ? before : (otherwise ?? '');
  const field = fieldBeside(menu, find);
  field.hidden = names.length <= MANY;
  field.list.replaceChildren(
    ...groups.flatMap(({ title, entries }) =>
      entries.map(({ name, block, text }) => {
        const option = new Option('', name);
        option.label = [text, block, title].filter(Boolean).join(' · ');
        return option;
      }),
    ),
  );
}

/** @param {MenuGroup} group @returns {Found[]} */
function describe({ title, entries }) {
  const options = entries.map(({ name, block }) => new Option(block ? `${block} · ${name}` : name, name));
  if (!title) return /** @type {any[]} */ (options);
  const group = make('optgroup');
  group.label = title;
  group.append(...options);
  return [group];
}

// The field beside a menu: the browser itself suggests what fits. A whole name chooses it, and the Enter key the first
// that has the text in its name, or else in what is said of it.
/** @param {Found} menu @param {string} text @returns {Found} */
function fieldBeside(menu, text) {
  const label = menu.closest('label');
  const there = label.nextElementSibling;
  if (there?.classList.contains('find')) return /** @type {Found} */ (there);
  const field = make('input', '', 'find');
  const list = make('datalist');
  lists += 1;
  list.id = `choices-${lists}`;
  field.type = 'search';
  field.placeholder = field.ariaLabel = text;
  field.setAttribute('list', list.id);
  label.after(field, list);
  /** @param {string} name */
  const choose = (name) => {
    menu.value = name;
    field.value = '';
    for (const kind of ['input', 'change']) menu.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  field.addEventListener('input', (/** @type {Event} */ event) => {
    event.stopPropagation(); // the form would take it for one of its own
    if ([...list.options].some(({ value }) => value === field.value)) choose(field.value);
  });
  field.addEventListener('change', (/** @type {Event} */ event) => event.stopPropagation());
  field.addEventListener('keydown', ({ key }) => {
    if (key !== 'Enter') return;
    setTimeout(() => {
      const found = field.value && firstWith(field.value, [...list.options]); // "" if a suggestion was taken
      if (found) choose(found.value);
    });
  });
  return field;
}

/** @param {string} text @param {{ value: string, label: string }[]} options */
export function firstWith(text, options) {
  const [wanted, lower] = [text.trim().toLowerCase(), (/** @type {string} */ each) => each.toLowerCase()];
  return (
    options.find(({ value }) => lower(value).startsWith(wanted)) ??
    options.find(({ value }) => lower(value).includes(wanted)) ??
    options.find(({ label }) => lower(label).includes(wanted))
  );
}
