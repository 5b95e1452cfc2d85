import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A pipeline's sink: called with the number of events and the object that holds them. Returns nothing (done), or a promise.
 *
 * @typedef {(count: number, cargo: unknown) => undefined | Promise<unknown>} Destination
 */

/** Counts delivered events, so that a case which loses events is noticed, and lets the harness wait for a count. */
export class Meter {
  delivered = 0;
  /** Events of those that went over the network. */
  sent = 0;
  #target = Infinity;
  #reached = () => {};

  add(count) {
    this.delivered += count;
    if (this.delivered >= this.#target) this.#reached();
  }

  /** Resolves once `target` events have arrived; `undefined` if they have already. */
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
  /** Accepts the batch synchronously. */
  none: (meter) => (count) => {
    meter.add(count);
    return undefined;
  },

  /** Returns a promise that resolves a microtask later, like a sink that may wait for a network. */
  async: (meter) => async (count) => {
    await undefined;
    meter.add(count);
  },

  /** Takes `ms` for each batch. */
  slow:
    (meter, { ms }) =>
    async (count) => {
      await sleep(ms);
      meter.add(count);
    },

  /**
   * The smallest client on `node:http` for the same requests: the batch in an envelope, its id as a header, a timeout. One kept-alive
   * connection, one request at a time, done when the response has been read.
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

  /** Called by cases that deliver through a sink of their own: what was delivered, and whether over the network. */
  reported: (meter) => (count, isSent) => {
    if (isSent) meter.sent += count;
    meter.add(count);
    return undefined;
  },

  /** Never answers, and keeps every batch. */
  dead: () => {
    const held = [];
    return (_count, cargo) => {
      held.push(cargo);
      return new Promise(() => {});
    };
  },
};
