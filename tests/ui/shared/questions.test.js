// Questions that come faster than their answers.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Questions } from '../../../cnnviz/ui/shared/questions.js';

// A server that notes what it is asked, and answers when it is told to.
function start() {
  const sent = [];
  const questions = new Questions((kind, question) => sent.push({ kind, question }));
  const answer = (index) => questions.settle(sent[index].kind, { asked: structuredClone(sent[index].question) });
  return [questions, answer, () => sent.map(({ kind, question }) => `${kind} ${question.layer}`)];
}

test('a question is sent at once, and its answer is wanted', () => {
  const [questions, answer, sent] = start();
  questions.ask('look', { layer: 1 });
  assert.deepEqual(sent(), ['look 1']);
  assert.equal(answer(0), true);
});

test('a question that was answered can be asked again, and its answer is another', () => {
  const [questions, answer, sent] = start();
  questions.ask('look', { layer: 1 });
  answer(0);
  questions.ask('look', { layer: 1 });
  assert.deepEqual(sent(), ['look 1', 'look 1']);
  assert.equal(answer(0), false);
  assert.equal(answer(1), true);
});

test('of what is asked meanwhile only the last is sent, and only its answer is wanted', () => {
  const [questions, answer, sent] = start();
  for (const layer of [1, 2, 3, 4]) questions.ask('look', { layer });
  assert.deepEqual(sent(), ['look 1']);
  assert.equal(answer(0), false);
  assert.deepEqual(sent(), ['look 1', 'look 4']);
  assert.equal(answer(1), true);
  assert.deepEqual(sent(), ['look 1', 'look 4']);
});

test('the same question is not sent again while its answer is waited for', () => {
  const [questions, answer, sent] = start();
  for (const layer of [1, 1, 2, 2]) questions.ask('look', { layer });
  answer(0);
  questions.ask('look', { layer: 2 });
  assert.deepEqual(sent(), ['look 1', 'look 2']);
  assert.equal(answer(1), true);
});

test('kinds do not wait for each other', () => {
  const [questions, answer, sent] = start();
  questions.ask('look', { layer: 1 });
  questions.ask('rank', { layer: 2 });
  assert.deepEqual(sent(), ['look 1', 'rank 2']);
  assert.deepEqual([answer(1), answer(0)], [true, true]);
});

test('an answer that is lost does not block what comes later', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const [questions, answer, sent] = start();
  questions.ask('look', { layer: 1 });
  questions.ask('look', { layer: 2 });
  context.mock.timers.tick(20000);
  assert.deepEqual(sent(), ['look 1', 'look 2']);
  assert.equal(answer(0), false); // it came after all
  assert.equal(answer(1), true);
});
