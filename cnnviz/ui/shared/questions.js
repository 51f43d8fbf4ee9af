// What the server is asked: of each kind one question at a time, and of those that come meanwhile only the last.

/** @import { Send } from './part' */

/** @typedef {{ text: string, question: { number: number } }} Wanted */
/** @typedef {{ number: number, timer: any }} Sent */

const LOST_MS = 20000; // after so long an answer is not waited for any more

export class Questions {
  // `send` sends a question of a kind. Its answer repeats the question as `asked`, and has to be given to `settle`.
  /** @param {Send} send */
  constructor(send) {
    this.send = send;
    this.number = 0;
    /** @type {Map<string, Wanted>} */
    this.wanted = new Map(); // by kind, what was asked last
    /** @type {Map<string, Sent>} */
    this.sent = new Map(); // by kind, what was sent and not answered yet
  }

  /** @param {string} kind @param {object} question */
  ask(kind, question) {
    const text = JSON.stringify(question);
    if (this.sent.has(kind) && this.wanted.get(kind)?.text === text) return;
    this.number += 1; // or the same answer would come twice, which Gradio takes for none
    this.wanted.set(kind, { text, question: { ...question, number: this.number } });
    if (!this.sent.has(kind)) this.sendWanted(kind);
  }

  // Whether a question of a kind is on its way.
  /** @param {string} kind */
  isWaiting(kind) {
    return this.sent.has(kind);
  }

  // Takes an answer; tells whether it is what is wanted now.
  /** @param {string} kind @param {{ asked: Record<string, any> }} reply */
  settle(kind, { asked }) {
    if (this.sent.get(kind)?.number === asked.number) this.release(kind);
    return this.wanted.get(kind)?.question.number === asked.number;
  }

  /** @param {string} kind */
  sendWanted(kind) {
    const { question } = /** @type {Wanted} */ (this.wanted.get(kind));
    this.sent.set(kind, { number: question.number, timer: setTimeout(() => this.release(kind), LOST_MS) });
    this.send(kind, question);
  }

  /** @param {string} kind */
  release(kind) {
    const { number, timer } = /** @type {Sent} */ (this.sent.get(kind));
    clearTimeout(timer);
    this.sent.delete(kind);
    if (this.wanted.get(kind)?.question.number !== number) this.sendWanted(kind);
  }
}
