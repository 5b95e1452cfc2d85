import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Where a pipeline's batches go: called with the number of events and whatever holds them, it answers with nothing (done), or a promise.
 *
 * @typedef {(count: number, cargo: unknown) => undefined | Promise<unknown>} Destination
 */

/** Counts what arrives, so that a case which loses events is found out, and lets the harness wait for what is on its way. */
export class Meter {
  delivered = 0;
  /** Of those, what went over the network. */
  sent = 0;
  #target = Infinity;
  #reached = () => {};

  add(count) {
    this.delivered += count;
    if (this.delivered >= this.#target) this.#reached();
  }

  /** Resolves once `target` events have arrived; `undefined` when they have. */
  reach(target) {
    if (this.delivered >= target) return undefined;
    return new Promise((resolve) => {
      this.#target = target;
      this.#reached = () => {
        this.#target = Infinity;
        resolve(undefined);
      };
    });
  }
}

/** @type {Record<string, (meter: Meter, parameters: { ms?: number, port?: number }) => Destination>} */
export const DESTINATIONS = {
  /** Takes the batch, and is done. */
  none: (meter) => (count) => {
    meter.add(count);
    return undefined;
  },

  /** Takes the batch, and says so a microtask later, as anything does that could wait for a network. */
  async: (meter) => async (count) => {
    await undefined;
    meter.add(count);
  },

  /** Needs its time for each batch. */
  slow:
    (meter, { ms }) =>
    async (count) => {
      await sleep(ms);
      meter.add(count);
    },

  /**
   * The smallest client that `node:http` makes for the same requests: the batch in an envelope, its id as a header, a time after which the
   * request is given up; one connection that is kept, a request at a time, done when the answer has been read.
   */
  http: (meter, { port }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let sequence = 0;
    return async (count, events) => {
      sequence += 1;
      const id = randomUUID();
      const body = JSON.stringify({ id, sequence, createdAt: Date.now(), events, reason: 'count' });
      const headers = { 'content-type': 'application/json', 'idempotency-key': id, 'content-length': Buffer.byteLength(body) };
      await new Promise((resolve, reject) => {
        const outgoing = request({ port, agent, method: 'POST', headers, timeout: 30_000 });
        outgoing
          .on('response', (response) => response.on('end', resolve).resume())
          .on('timeout', () => outgoing.destroy())
          .on('error', reject)
          .end(body);
      });
      meter.sent += count;
      meter.add(count);
    };
  },

  /** Is told of what a sink of the case's own has delivered, and whether it went over the network. */
  told: (meter) => (count, isSent) => {
    if (isSent) meter.sent += count;
    meter.add(count);
    return undefined;
  },

  /** Never answers, and holds on to what it was given. */
  dead: () => {
    const held = [];
    return (_count, cargo) => {
      held.push(cargo);
      return new Promise(() => {});
    };
  },
};
