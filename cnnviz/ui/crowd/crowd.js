// Asks again by itself when many people are here: the server turns calls away then, before it does anything for them.

/** @import { CrowdPart } from '../shared/values' */

const WAIT_MS = 2000;
const MAX_TIMES = 60;
const TURNED_AWAY = 503;

/** @param {CrowdPart} part */
export function start({ element, props }) {
  const said = element.querySelector('.crowd');
  const ask = window.fetch;
  let waiting = 0;

  /** @param {number} change */
  const count = (change) => {
    waiting += change;
    said.textContent = waiting ? props.value.waiting : '';
  };

  window.fetch = async (address, options) => {
    const answer = await ask(address, options);
    if (answer.status !== TURNED_AWAY || !String(address).includes('/queue/join')) return answer;
    count(1);
    const later = await again(() => ask(address, options)).finally(() => count(-1));
    return later ?? answer;
  };
}

// Gives the first answer that is not turned away; none if all are.
/** @param {() => Promise<Response>} ask @returns {Promise<Response | null>} */
async function again(ask) {
  for (let time = 0; time < MAX_TIMES; time++) {
    await new Promise((done) => setTimeout(done, WAIT_MS * (0.5 + Math.random()))); // not all at the same moment
    const answer = await ask();
    if (answer.status !== TURNED_AWAY) return answer;
  }
  return null;
}
