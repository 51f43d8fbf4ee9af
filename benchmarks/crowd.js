// Programs that use Gradio's JavaScript client, all at the same time: benchmarks/crowd.py starts this, and prints.
//
//   node crowd.js CLIENT URL ROUNDS PHOTO...
//
// CLIENT is the client's module; each program has two of the photos, which nobody else has.

import { readFileSync } from 'node:fs';

const [client, url, rounds, ...paths] = process.argv.slice(2);
const { Client } = await import(client);
const photos = paths.map((path) => new Blob([readFileSync(path)], { type: 'image/jpeg' }));

const withoutFiles = (answer) =>
  JSON.stringify(answer, (key, value) => (key === 'path' || key === 'url' ? undefined : value));

function callsOf(app, number) {
  const [photo, other] = photos.slice(2 * number);
  return [
    () => app.predict('/predict', { image: photo }),
    () => app.predict('/visualize', { image: photo }),
    () => app.predict('/channel', { image: photo, layer: 'conv2d_3', channel: number }),
    () => app.predict('/ablate', { image: photo, without: { conv2d_4: [number] } }),
    () => app.predict('/explain', { image: photo, method: 'grad_cam' }),
    () => app.predict('/compare', { image: photo, other }),
  ].map((call) => async () => withoutFiles((await call()).data));
}

const programs = [];
for (let number = 0; 2 * number < photos.length; number++) {
  const calls = callsOf(await Client.connect(url), number);
  const alone = [];
  for (const call of calls) alone.push(await call());
  programs.push(calls.map((call, index) => ({ call, expected: alone[index] })));
}

const start = performance.now();
const told = await Promise.all(
  programs.map(async (calls) => {
    const times = [];
    const found = { right: 0, 'mixed up': 0, lost: 0 };
    for (let round = 0; round < Number(rounds); round++) {
      for (const { call, expected } of calls) {
        const began = performance.now();
        const answer = await call().catch(() => null);
        times.push((performance.now() - began) / 1000);
        found[answer === null ? 'lost' : answer === expected ? 'right' : 'mixed up']++;
      }
    }
    return { times, found };
  }),
);
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, programs: told }));
process.exit(); // a client that listens would keep the process alive
