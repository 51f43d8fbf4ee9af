// What the server is asked that takes a while: one job after the other. One that is not wanted any more is left off.

/** @import { Send } from '../shared/part' */

/** @typedef {{ key: string, kind: string, question: object }} Job */
/** @typedef {{ key: string, share: number | null, timer?: any }} Running */

const LOST_MS = 60000; // after so long without a word an answer is not waited for any more

export class Jobs {
  // `send` sends a question of a kind, which gets a `number` that the answer repeats in `asked`; `rest` tells the server
  // that nothing is waited for; `lose` is told the key of a job whose answer did not come.
  /** @param {Send} send @param {(number: number) => void} rest @param {(key: string) => void} lose */
  constructor(send, rest, lose) {
    this.send = send;
    this.rest = rest;
    this.lose = lose;
    /** @type {Running | null} */
    this.running = null;
    this.number = 0;
    this.forget();
  }

  // Forgets all answers.
  forget() {
    /** @type {Map<string, any>} */
    this.answers = new Map(); // by key
    /** @type {Job[]} */
    this.wanted = [];
    this.leave();
  }

  // Wants these jobs done, in this order: each has a key, a kind and a question.
  /** @param {Job[]} jobs */
  want(jobs) {
    this.wanted = jobs;
    const { running } = this;
    if (running && !jobs.some(({ key }) => key === running.key)) {
      this.leave();
      this.next();
      if (!this.running) this.rest(this.number);
    } else this.next();
  }

  // Does not wait for the running job any more.
  leave() {
    clearTimeout(this.running?.timer);
    this.running = null;
    this.number += 1; // what still comes of it is recognised by its number
  }

  next() {
    if (this.running) return;
    const job = this.wanted.find(({ key }) => !this.answers.has(key));
    if (!job) return;
    this.number += 1;
    this.running = { key: job.key, share: null };
    this.watch(this.running);
    this.send(job.kind, { ...job.question, number: this.number });
  }

  /** @param {Running} running */
  watch(running) {
    clearTimeout(running.timer);
    running.timer = setTimeout(() => {
      this.leave();
      this.lose(running.key);
    }, LOST_MS);
  }

  // Takes an answer, or a word on how far it is; tells whether anything has changed.
  /** @param {any} reply */
  take(reply) {
    if (!this.running || reply.asked.number !== this.number) return false;
    if ('share' in reply) {
      this.running.share = reply.share;
      this.watch(this.running);
      return true;
    }
    const { key } = this.running;
    this.leave();
    this.answers.set(key, reply);
    this.next();
    return true;
  }
}
