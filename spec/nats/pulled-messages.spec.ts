import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import type { JetStreamConsumer, JetStreamMessage, JetStreamMessages } from '../../lib/nats/jet-stream-consumer.js';
import { PulledMessages } from '../../lib/nats/pulled-messages.js';

/** One request, which the test answers. */
class Request implements JetStreamMessages {
  readonly count: number;
  isClosed = false;
  readonly #queue: (() => IteratorResult<JetStreamMessage>)[] = [];
  #wake = (): void => undefined;

  constructor(count: number) {
    this.count = count;
  }

  /** Ends the request: as expired for `undefined`, else as failed. */
  end(error?: unknown): void {
    this.#push(() => {
      if (error !== undefined) throw error as Error;
      return { done: true, value: undefined };
    });
  }

  emit(subject: string): void {
    this.#push(() => ({ done: false, value: { subject } as JetStreamMessage }));
  }

  close(): Promise<void> {
    this.isClosed = true;
    this.end();
    return Promise.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<JetStreamMessage> {
    return {
      next: async () => {
        for (;;) {
          const step = this.#queue.shift();
          if (step !== undefined) return step();
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      },
      return: () => Promise.resolve({ done: true, value: undefined }),
    };
  }

  #push(step: () => IteratorResult<JetStreamMessage>): void {
    this.#queue.push(step);
    this.#wake();
  }
}

describe('PulledMessages', () => {
  /** Resolves after all pending promises have run. */
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  function start(maxInFlight: number, failing = 0) {
    const requests: Request[] = [];
    const log: string[] = [];
    const scheduler = new VirtualTimeScheduler();
    let failures = failing;
    const consumer: JetStreamConsumer = {
      info: () => Promise.reject(new Error('not used')),
      fetch: ({ max_messages: count }) => {
        if (failures > 0) {
          failures -= 1;
          return Promise.reject(new Error('no'));
        }
        const request = new Request(count);
        requests.push(request);
        return Promise.resolve(request);
      },
    };
    const pulled = new PulledMessages(consumer, maxInFlight, scheduler, {
      onMessage: ({ subject }) => log.push(subject),
      onInterrupted: (error) => log.push(`interrupted: ${(error as Error).message}`),
      onClosed: () => log.push('closed'),
    });
    pulled.start();
    return { pulled, requests, log, scheduler, counts: () => requests.map(({ count }) => count) };
  }

  it('requests as many messages as may be in flight, and further ones when a quarter is settled', async () => {
    const { pulled, requests, counts, log } = start(8);
    await settle();
    expect(counts()).to.deep.equal([8]);
    for (const message of 'abcdefgh') requests[0]?.emit(message);
    await settle();
    expect(log.join('')).to.equal('abcdefgh');
    pulled.release();
    await settle();
    expect(counts()).to.deep.equal([8]);
    pulled.release();
    await settle();
    expect(counts()).to.deep.equal([8, 2]);
  });

  it('requests the rest again when a request expires', async () => {
    const { pulled, requests, counts } = start(4);
    await settle();
    requests[0]?.emit('a');
    requests[0]?.end();
    await settle();
    expect(counts()).to.deep.equal([4, 3]);
    pulled.release();
    await settle();
    expect(counts()).to.deep.equal([4, 3, 1]);
  });

  it('ends a request that has delivered its messages: the client would request them again after a reconnection', async () => {
    const { requests, log } = start(2);
    await settle();
    for (const message of 'abc') requests[0]?.emit(message);
    await settle();
    expect(log).to.deep.equal(['a', 'b']);
  });

  it('waits longer after each failure, from 0.2 to 30 s, and reports each', async () => {
    const { scheduler, log, requests } = start(4, 12);
    const delays: number[] = [];
    for (let failure = 0; failure < 12; failure += 1) {
      await settle();
      const before = scheduler.now();
      scheduler.flush();
      delays.push(scheduler.now() - before);
    }
    await settle();
    expect(delays).to.deep.equal([200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000, 30_000]);
    expect(log).to.deep.equal(Array.from({ length: 12 }, () => 'interrupted: no'));
    expect(requests).to.have.length(1);
  });

  it('starts with the shortest wait again once a message has arrived', async () => {
    const { scheduler, requests } = start(4, 3);
    for (let failure = 0; failure < 3; failure += 1) {
      await settle();
      scheduler.flush();
    }
    await settle();
    requests[0]?.emit('a');
    requests[0]?.end(new Error('heartbeats missed'));
    await settle();
    const before = scheduler.now();
    scheduler.flush();
    expect(scheduler.now() - before).to.equal(200);
  });

  it('requests again, after a wait, when heartbeats are missed', async () => {
    const { requests, log, scheduler, counts } = start(4);
    await settle();
    requests[0]?.emit('a');
    requests[0]?.end(Object.assign(new Error('heartbeats missed'), { name: 'JetStreamError' }));
    await settle();
    expect(log).to.deep.equal(['a', 'interrupted: heartbeats missed']);
    expect(counts()).to.deep.equal([4]);
    scheduler.flush();
    await settle();
    expect(counts()).to.deep.equal([4, 3]);
  });

  for (const name of ['ClosedConnectionError', 'DrainingConnectionError']) {
    it(`ends at a ${name}`, async () => {
      const { pulled, requests, log, scheduler, counts } = start(4);
      await settle();
      requests[0]?.end(Object.assign(new Error('closed'), { name }));
      await settle();
      scheduler.flush();
      pulled.release();
      await settle();
      expect(log).to.deep.equal(['closed']);
      expect(counts()).to.deep.equal([4]);
    });
  }

  it('closes its requests when it is stopped, and passes on no message that they still hold', async () => {
    const { pulled, requests, log, counts } = start(4);
    await settle();
    requests[0]?.emit('a');
    pulled.stop();
    await settle();
    pulled.release();
    await settle();
    expect(requests[0]?.isClosed).to.equal(true);
    expect(log).to.deep.equal([]);
    expect(counts()).to.deep.equal([4]);
  });

  it('makes no request after a wait that was stopped', async () => {
    const { pulled, scheduler, requests } = start(4, 1);
    await settle();
    pulled.stop();
    expect(scheduler.actions).to.deep.equal([]);
    scheduler.flush();
    await settle();
    expect(requests).to.have.length(0);
  });
});
