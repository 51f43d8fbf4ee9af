// Jobs, one after the other; what is not wanted any more is left off.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Jobs } from '../../../cnnviz/ui/why/jobs.js';

const job = (key) => ({ key, kind: 'explain', question: { method: key } });

// A server that notes what it is asked, and answers when it is told to.
function start() {
  const [sent, rests, lost] = [[], [], []];
  const jobs = new Jobs(
    (kind, question) => sent.push({ kind, ...question }),
    (number) => rests.push(number),
    (key) => lost.push(key),
  );
  const answer = (index, more = {}) => jobs.take({ asked: structuredClone(sent[index]), ...more });
  return { jobs, answer, sent, rests, asked: () => sent.map(({ method }) => method) };
}

test('jobs are done one after the other, in the order in which they are wanted', () => {
  const { jobs, answer, asked } = start();
  jobs.want([job('a'), job('b')]);
  assert.deepEqual(asked(), ['a']);
  assert.equal(answer(0, { maps: 1 }), true);
  assert.deepEqual(asked(), ['a', 'b']);
  answer(1, { maps: 2 });
  assert.deepEqual(
    [...jobs.answers].map(([key, { maps }]) => [key, maps]),
    [
      ['a', 1],
      ['b', 2],
    ],
  );
  assert.equal(jobs.running, null);
  jobs.leave();
});

test('what is answered is not asked again, until all is forgotten', () => {
  const { jobs, answer, asked } = start();
  jobs.want([job('a')]);
  answer(0);
  jobs.want([job('a')]);
  assert.deepEqual(asked(), ['a']);
  jobs.forget();
  jobs.want([job('a')]);
  assert.deepEqual(asked(), ['a', 'a']);
  assert.equal(answer(0), false); // what was asked before
  assert.equal(answer(1), true);
});

test('a running job that is still wanted goes on; one that is not makes room for the next', () => {
  const { jobs, answer, asked, rests } = start();
  jobs.want([job('slow'), job('b')]);
  jobs.want([job('b'), job('slow')]);
  assert.deepEqual(asked(), ['slow']);
  jobs.want([job('b')]);
  assert.deepEqual(asked(), ['slow', 'b']);
  assert.deepEqual(rests, []); // the later question itself ends the one before
  assert.equal(answer(0), false);
  assert.equal(answer(1), true);
  assert.equal(jobs.answers.has('slow'), false);
});

test('if nothing is wanted any more, the server is told to rest', () => {
  const { jobs, sent, rests, answer } = start();
  jobs.want([job('slow')]);
  jobs.want([]);
  assert.equal(rests.length, 1);
  assert.ok(rests[0] > sent[0].number);
  assert.equal(answer(0), false);
  jobs.want([]);
  assert.equal(rests.length, 1);
});

test('a later question has a higher number, also than a rest', () => {
  const { jobs, sent, rests } = start();
  jobs.want([job('a')]);
  jobs.want([]);
  jobs.want([job('b')]);
  assert.ok(sent[1].number > rests[0]);
  jobs.leave();
});

test('a word on how far it is changes nothing but that', () => {
  const { jobs, answer, asked } = start();
  jobs.want([job('a'), job('b')]);
  assert.equal(answer(0, { share: 0.4 }), true);
  assert.deepEqual(jobs.running.share, 0.4);
  assert.deepEqual(asked(), ['a']);
  jobs.leave();
});

test('an answer that does not come is told to be lost', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const lost = [];
  const jobs = new Jobs(
    () => {},
    () => {},
    (key) => lost.push(key),
  );
  jobs.want([job('a')]);
  context.mock.timers.tick(59000);
  jobs.take({ asked: { number: jobs.number }, share: 0.1 });
  context.mock.timers.tick(59000);
  assert.deepEqual(lost, []);
  context.mock.timers.tick(2000);
  assert.deepEqual(lost, ['a']);
  assert.equal(jobs.running, null);
});
