// The channel explorer: all channels of a layer, looked into. The server sends a layer once; colours, order and
// receptive fields are then worked out here.

import { readPalette, brightest } from './colors.js';
import { Detail } from './detail.js';
import { box, unitsSeeing } from './field.js';
import { readLink, writeLink } from './link.js';
import { brief, fill, percent, short, signed } from './numbers.js';
import { Questions } from './questions.js';
import { COMPUTED, rank } from './ranking.js';
import { fetchSheet, zeroLevel } from './sheet.js';
import { Sight } from './sight.js';
import { showSum } from './sum.js';
import { Switches } from './switches.js';
import { Tiles } from './tiles.js';

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function start({ element, props, trigger, watch, settings: { words, palettes: tables } }) {
  const root = element.querySelector('.channels');
  const hint = matchMedia('(hover: none)').matches ? words.hint_touch : words.hint;
  const palettes = Object.fromEntries(Object.entries(tables).map(([name, text]) => [name, readPalette(text)]));
  const form = root.querySelector('form');
  const fields = form.elements;
  const [trouble, caption] = [root.querySelector('.trouble'), root.querySelector('.caption')];

  let sheet = null; // what is shown now
  let graySheet = null; // the same layer for the photo in black and white
  let sum = null;
  let ranked = {}; // what was computed of this layer: values by order
  let wanted = null; // the channel that is opened as soon as its layer is there

  const photo = () => props.value;
  const layer = () => photo().layers[fields.layer.selectedIndex];
  const questions = new Questions(trigger);
  const ask = (kind, question) => questions.ask(kind, { token: photo().token, layer: layer().name, ...question });
  const tiles = new Tiles(root.querySelector('.tiles'), words);
  const sight = new Sight(root.querySelector('.sight'), root.querySelector('.sight .reading'));
  const switches = new Switches(root.querySelector('.switches'), words, (question) => ask('ablate', question));

  const settings = () => ({
    order: fields.order.value,
    hideSilent: fields.hideSilent.checked,
    scale: fields.scale.value,
    fixed: Math.max(Number(fields.fixed.value), Number.MIN_VALUE),
    clip: fields.clip.value / 100,
  });
  // In black and white a channel keeps the brightness that it has in colour, so that what is lost is seen.
  const limit = (channel) => brightest(sheet, channel, settings());
  const shownSheet = () => (fields.gray.checked && graySheet ? graySheet : sheet);
  const inspect = (question) => ask('inspect', { ...question, gray: shownSheet() === graySheet });
  const detail = new Detail(root.querySelector('dialog'), words, context, inspect);
  const palette = () => palettes[sheet.signed ? 'signed' : fields.colormap.value];
  const canShowEvidence = () => sum?.layer === layer().name && sheet.map.rows * sheet.map.columns === 1;
  const showsEvidence = () => canShowEvidence() && fields.show.value === 'contribution';

  function context() {
    const { seen, photo: original } = photo();
    return {
      sheet: shownSheet(),
      layer: layer(),
      seen,
      photo: original,
      palette: palette(),
      kernelPalette: palettes.signed,
      limit,
    };
  }

  function complain(text) {
    trouble.textContent = text;
    trouble.hidden = !text;
  }

  // Whether a reply is about another photo or layer than is wanted now.
  const isStale = ({ asked }) => asked.token !== photo().token || asked.layer !== layer().name;

  // Asks for a layer; what is shown of the one before goes, so that nothing is ever a mix.
  function choose(index) {
    fields.layer.selectedIndex = index;
    [sheet, graySheet, sum, ranked] = [null, null, null, {}];
    root.classList.add('waiting');
    tiles.element.replaceChildren();
    root.querySelector('.sum').hidden = true;
    if (detail.isOpen) detail.dialog.close();
    caption.textContent = fill(words.loading, layer());
    sight.mark(null);
    sight.say(hint);
    ask('look', {});
  }

  async function receive(reply) {
    if (reply.error) {
      root.classList.remove('waiting');
      caption.textContent = reply.error;
      return;
    }
    let fetched;
    try {
      fetched = await fetchSheet(reply);
    } catch {
      fetched = null; // its file has been deleted, or the server is gone: the next choice asks again
    }
    if (isStale(reply)) return; // another photo or layer was chosen meanwhile
    root.classList.remove('waiting');
    if (fetched === null) {
      caption.textContent = words.lost;
      return;
    }
    [sheet, sum] = [fetched, reply.sum];
    form.querySelector('.show').hidden = !canShowEvidence();
    fields.find.max = sheet.numChannels - 1;
    tiles.build(sheet, layer().unit);
    askForRanking();
    refresh();
    if (wanted !== null) open(wanted);
    wanted = null;
  }

  function askForRanking() {
    const { order } = settings();
    if (fields.gray.checked && !ranked.gray) ask('rank', { by: 'gray' });
    else if (COMPUTED.includes(order) && !ranked[order]) ask('rank', { by: order });
  }

  async function receiveRanking(reply) {
    if (isStale(reply)) return;
    if (reply.error) {
      complain(reply.error);
      return;
    }
    const gray = reply.sheet ? await fetchSheet(reply.sheet).catch(() => null) : null;
    if (isStale(reply) || sheet === null) return;
    ranked[reply.by] = reply.values;
    if (gray) graySheet = gray;
    refresh();
    askForRanking();
  }

  // Draws the tiles as they are wanted now.
  function refresh() {
    form.querySelector('.fixed').hidden = fields.scale.value !== 'fixed';
    fields.clipped.value = `${fields.clip.value}%`;
    root.classList.toggle('gray', fields.gray.checked);
    if (sheet === null) return;
    const now = settings();
    const channels = rank(sheet, now, ranked[now.order]);
    tiles.sheet = shownSheet();
    if (showsEvidence()) {
      const largest = Math.max(...sum.values.map(Math.abs));
      // Of two classes, orange is class 0 and purple class 1, whichever the answer is.
      const direction = sum.side === 0 ? -1 : 1;
      const evidence = {
        value: (unit) => direction * sum.values[unit],
        limit: () => largest * now.clip,
        zero: zeroLevel(true),
      };
      tiles.paint(channels, evidence, sum.side === null ? palettes.signed : palettes.evidence, label);
    } else tiles.paint(channels, { limit }, palette(), label);
    tiles.strike(switches.of(layer().name));
    const silent = Array.from({ length: sheet.numChannels }, (_, channel) => channel).filter((c) => sheet.isSilent(c));
    tiles.element.hidden = sheet.numChannels === 1 && sum !== null; // it is the sum that is shown above
    const waits = COMPUTED.includes(now.order) && !ranked[now.order];
    caption.textContent = [
      fill(sheet.numChannels > 1 ? words.caption : words.caption_one, { ...layer(), silent: silent.length }),
      ...(showsEvidence() ? [explainEvidence()] : []),
      ...(waits ? [words.computing] : []),
      ...(now.order === 'effects' && !waits ? [fill(words.effects, { class: photo().label })] : []),
      ...(fields.gray.checked && ranked.gray ? [words.losses] : []),
    ].join(' ');
    showSum(root.querySelector('.sum'), sum?.layer === layer().name || sum === null ? null : sum, words, openUnit);
    if (detail.isOpen) detail.draw();
  }

  function explainEvidence() {
    const [first, second] = sum.side === null ? words.evidence_signed : words.evidence_colors[sum.side];
    return fill(words.evidence, { first, second, class: sum.class });
  }

  // What stands below a tile: its number, and the number that it is ordered by.
  function label(channel) {
    const { order } = settings();
    const numbers = {
      mean: () => brief(sheet.mean[channel]),
      max: () => brief(sheet.max[channel]),
      zeros: () => percent(sheet.zero_share[channel]),
      effects: () => (ranked.effects ? signed(ranked.effects[channel], brief) : ''),
      gray: () => (ranked.gray ? percent(ranked.gray[channel]) : ''),
    };
    const by = fields.gray.checked && order === 'index' ? 'gray' : order;
    return by in numbers ? `${channel}: ${numbers[by]()}` : String(channel);
  }

  function open(channel) {
    fields.find.value = channel;
    detail.open(channel);
    detail.dialog.querySelector('[name="off"]').checked = switches.of(layer().name).has(channel);
    const address = writeLink(location.search, layer().name, channel);
    detail.dialog.querySelector('a').href = address;
    history.replaceState(null, '', address);
  }

  // Opens a unit of the layer that feeds the last one.
  function openUnit(unit) {
    wanted = unit;
    choose(photo().layers.findIndex(({ name }) => name === sum.layer));
  }

  function toggle(channel) {
    switches.toggle(layer().name, channel);
    tiles.strike(switches.of(layer().name));
  }

  function press(channel) {
    if (switches.isSwitching) toggle(channel);
    else open(channel);
  }

  function read({ channel, row, column }) {
    sight.mark(box(layer().field, row, column));
    const current = shownSheet();
    const values = { unit: layer().unit, channel, row, column, value: short(current.value(channel, row, column)) };
    const single = current.map.rows * current.map.columns === 1;
    const added = showsEvidence() ? fill(words.adds, { value: signed(sum.values[channel]), class: sum.class }) : '';
    sight.say(`${fill(single ? words.reading_unit : words.reading_map, values)} ${added}`.trim());
  }

  function clear() {
    tiles.light(null);
    sight.mark(null);
    sight.say(hint);
  }

  // Where the page's address leads, or the first layer.
  function begin() {
    const asked = readLink(location.search, photo().layers);
    complain(asked.trouble ? fill(words[`trouble_${asked.trouble}`], asked) : '');
    wanted = asked.channel;
    choose(asked.layer ?? 0);
  }

  function showPhoto() {
    const before = fields.layer.value;
    fields.layer.replaceChildren(...photo().layers.map(({ name }) => new Option(name)));
    sight.show(photo().seen);
    const index = photo().layers.findIndex(({ name }) => name === before);
    switches.refresh();
    return index;
  }

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', ({ target }) => {
    complain('');
    if (target.name === 'layer') {
      choose(target.selectedIndex);
      history.replaceState(null, '', writeLink(location.search, layer().name, null));
      return;
    }
    if (target.name === 'find') {
      find();
      return;
    }
    if (target.name === 'gray' && target.checked) fields.order.value = 'gray';
    if (target.name === 'gray' && !target.checked && fields.order.value === 'gray') fields.order.value = 'index';
    if (sheet !== null) askForRanking();
    refresh();
  });

  function find() {
    const number = fields.find.value;
    if (number === '' || sheet === null) return;
    const exists = Number.isInteger(Number(number)) && Number(number) >= 0 && Number(number) < sheet.numChannels;
    const values = { name: layer().name, number, last: sheet.numChannels - 1 };
    complain(exists ? '' : fill(words.trouble_channel, values));
    for (const button of tiles.buttons) button.classList.toggle('found', exists && button.dataset.channel === number);
    if (exists) tiles.buttons[number].scrollIntoView({ block: 'nearest' });
  }

  const board = tiles.element;
  board.addEventListener('pointermove', (event) => {
    const at = sheet && event.pointerType !== 'touch' ? tiles.at(event) : null;
    if (at) read(at);
  });
  board.addEventListener('pointerleave', clear);
  board.addEventListener('focusin', ({ target }) => {
    const channel = Number(target.dataset.channel);
    const [row, column] = sheet.peak(channel);
    if (target.matches(':focus-visible')) read({ channel, row, column });
  });
  board.addEventListener('click', (event) => {
    const at = tiles.at(event);
    if (at) press(at.channel);
  });
  board.addEventListener('keydown', (event) => {
    const channel = Number(event.target.dataset.channel);
    if (event.key in STEPS) tiles.focus(tiles.neighbour(channel, STEPS[event.key]));
    else if (event.key === 'x') toggle(channel);
    else return;
    event.preventDefault();
  });

  function lightUp(event) {
    if (sheet === null) return;
    const { x, y } = sight.at(event);
    const units = unitsSeeing(layer().field, x, y);
    tiles.light(units ?? { left: 0, top: 0, right: 0, bottom: 0 });
    const [down, across] = units ? [units.bottom - units.top, units.right - units.left] : [0, 0];
    sight.say(fill(units ? words.seen_by : words.unseen, { x, y, down, across }));
  }
  for (const event of ['pointermove', 'pointerdown']) sight.frame.addEventListener(event, lightUp);
  // A finger leaves with every tap: what it lit up stays to be looked at.
  sight.frame.addEventListener('pointerleave', ({ pointerType }) => pointerType !== 'touch' && clear());

  const presses = {
    mode: () => switches.toggleMode(),
    invert: () => switches.invert(layer().name, sheet.numChannels),
    reset: () => switches.reset(),
  };
  switches.element.addEventListener('click', ({ target }) => {
    presses[target.dataset.switch]?.();
    if (sheet !== null) tiles.strike(switches.of(layer().name));
    board.classList.toggle('switching', switches.isSwitching);
  });

  detail.dialog.addEventListener('click', (event) => {
    const { step } = event.target.dataset;
    if (step) {
      const { shown } = tiles;
      open(shown[(shown.indexOf(detail.channel) + Number(step) + shown.length) % shown.length]);
    }
    if ('close' in event.target.dataset || event.target === detail.dialog) detail.dialog.close();
  });
  detail.dialog.querySelector('[name="off"]').addEventListener('change', () => toggle(detail.channel));
  detail.dialog.addEventListener('close', () => {
    history.replaceState(null, '', writeLink(location.search, layer().name, null));
    tiles.focus(detail.channel);
  });

  // Hands an answer on that is still wanted. If the server forgot the photo, it is shown anew.
  const listen = (prop, kind, use) =>
    watch(prop, () => {
      if (!questions.settle(kind, props[prop]) || props[prop].asked.token !== photo().token) return;
      if (props[prop].gone) trigger('submit', {});
      else use(props[prop]);
    });
  listen('sheet', 'look', receive);
  listen('ranking', 'rank', receiveRanking);
  listen('details', 'inspect', (reply) => detail.tell(reply));
  listen('ablation', 'ablate', (reply) => switches.show(reply, photo().classes));
  watch('value', () => {
    const index = showPhoto();
    choose(index < 0 ? 0 : index);
  });
  new ResizeObserver(() => tiles.resize()).observe(board);
  window.addEventListener('popstate', () => new URLSearchParams(location.search).has('layer') && begin());

  showPhoto();
  begin();
}
