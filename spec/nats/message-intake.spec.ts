import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Observable, Subject, take, type MonoTypeOperatorFunction } from 'rxjs';
import type { EventInput } from '../../lib/event/event.js';
import type { Settlement } from '../../lib/features/settlement.js';
import { FROM_JET_STREAM, type FromJetStreamOptions } from '../../lib/nats/intake-options.js';
import type { JetStreamConsumerConfig, JetStreamMessage } from '../../lib/nats/jet-stream-consumer.js';
import { MessageIntake } from '../../lib/nats/message-intake.js';
import type { JetStreamResult } from '../../lib/nats/message-result.js';
import { VirtualClock } from '../support/virtual-clock.js';

const DELIVERED: Settlement = { outcome: 'accepted', sinks: { sink: 'delivered' } };
const FAILED: Settlement = { outcome: 'accepted', sinks: { sink: 'failed' } };
const FULL: Settlement = { outcome: 'dropped', sinks: {}, lost: 'overflow' };
const CLOSED: Settlement = { outcome: 'closed', sinks: {} };

/** An event that is being collected. */
interface Collected {
  readonly event: EventInput;
  settle(settlement: Settlement): void;
  fail(error: Error): void;
}

interface MessageFields {
  readonly deliveryCount?: number;
  readonly timestampNanos?: number;
  readonly text?: string;
  readonly subject?: string;
}

describe('MessageIntake', () => {
  let clock: VirtualClock;
  let collected: Collected[];
  let collectorEvents: Subject<unknown>;
  /** The answers to messages: their names, and the delay of a `nak`. */
  let answers: string[];
  let log: string[];
  let results: JetStreamResult[];
  let requested: number[];
  let stream: Readable;

  beforeEach(() => {
    clock = new VirtualClock();
    collected = [];
    collectorEvents = new Subject();
    answers = [];
    log = [];
    results = [];
    requested = [];
  });

  function start(
    options: Partial<FromJetStreamOptions> = {},
    config: Partial<JetStreamConsumerConfig> = {},
    operator: MonoTypeOperatorFunction<JetStreamResult> = (results$) => results$,
  ) {
    const all: FromJetStreamOptions = {
      consumer: {
        info: () => Promise.resolve({ config: { ack_policy: 'explicit', ack_wait: 3e9, ...config } }),
        fetch: ({ max_messages: count }) => {
          requested.push(count);
          const messages = new Readable({ objectMode: true, read: () => undefined });
          stream = messages;
          return Promise.resolve({
            close: () => Promise.resolve(messages.push(null)),
            [Symbol.asyncIterator]: () => messages[Symbol.asyncIterator](),
          });
        },
      },
      collector: {
        collectTracked: (event) =>
          new Promise((resolve, reject) => {
            collected.push({ event, settle: resolve, fail: reject });
          }),
        events$: collectorEvents,
      },
      scheduler: clock,
      random: () => 1,
      ...options,
    };
    const settings = FROM_JET_STREAM.parse(all);
    return new Observable<JetStreamResult>((subscriber) => {
      const intake = new MessageIntake(settings, subscriber);
      subscriber.add(() => {
        intake.stop();
      });
      intake.start().catch((error: unknown) => {
        subscriber.error(error);
      });
    })
      .pipe(operator)
      .subscribe({
        next: (result) => {
          results.push(result);
          log.push('delayMs' in result ? `${result.kind} ${String(result.delayMs)}` : result.kind);
        },
        error: (error: unknown) => log.push(`error: ${(error as Error).message}`),
        complete: () => log.push('complete'),
      });
  }

  async function receive(name: string, streamSequence: number, fields: MessageFields = {}): Promise<void> {
    const { deliveryCount = 1, timestampNanos = 1, text = '{"type":"feature_used"}', subject = 'in' } = fields;
    const answer = (kind: string) => (): void => {
      answers.push(`${name} ${kind}`);
    };
    const message: JetStreamMessage = {
      subject,
      data: new TextEncoder().encode(text),
      info: { stream: 'S', streamSequence, timestampNanos, deliveryCount },
      ack: answer('ack'),
      nak: (delayMs) => answers.push(`${name} nak ${delayMs === undefined ? '' : String(delayMs)}`.trim()),
      working: answer('working'),
      term: answer('term'),
    };
    stream.push(message);
    await settled();
  }

  /** Callbacks of promises and of the stream have run. */
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
  };

  async function settle(index: number, settlement: Settlement): Promise<void> {
    collected[index]?.settle(settlement);
    await settled();
  }

  describe('for a message that is delivered again', () => {
    it('collects its event once, and answers the last delivery', async () => {
      start();
      await settled();
      await receive('a', 1);
      await receive('a2', 1, { deliveryCount: 2 });
      await settle(0, DELIVERED);
      expect([collected.length, answers, log]).to.deep.equal([1, ['a2 ack'], ['acknowledged']]);
    });

    it('acknowledges it again if it was acknowledged, and collects nothing', async () => {
      start();
      await settled();
      await receive('a', 1);
      await settle(0, DELIVERED);
      await receive('a2', 1, { deliveryCount: 2 });
      expect([collected.length, answers, log]).to.deep.equal([1, ['a ack', 'a2 ack'], ['acknowledged', 'repeated']]);
    });

    it('collects its event again if it was delayed', async () => {
      start();
      await settled();
      await receive('a', 1);
      await settle(0, FULL);
      await receive('a2', 1, { deliveryCount: 2 });
      await settle(1, DELIVERED);
      expect([answers, log]).to.deep.equal([
        ['a nak 1000', 'a2 ack'],
        ['delayed 1000', 'acknowledged'],
      ]);
    });

    it('takes a message of a recreated stream, whose sequences begin again, for another one', async () => {
      start();
      await settled();
      await receive('old', 1);
      await receive('new', 1, { timestampNanos: 2 });
      await settle(0, DELIVERED);
      await receive('new2', 1, { timestampNanos: 2, deliveryCount: 2 });
      await settle(1, DELIVERED);
      expect([collected.length, answers]).to.deep.equal([2, ['old ack', 'new2 ack']]);
    });

    it('makes room for one message only once', async () => {
      start({ maxInFlight: 2 });
      await settled();
      await receive('a', 1);
      await receive('a2', 1, { deliveryCount: 2 });
      // One place is taken by `a` until it is settled.
      expect(requested).to.deep.equal([2, 1]);
      await settle(0, DELIVERED);
      stream.push(null);
      await settled();
      expect(requested).to.deep.equal([2, 1, 1, 1]);
    });
  });

  it('extends the deadlines of open messages at every third of `ack_wait`', async () => {
    start();
    await settled();
    await receive('a', 1);
    clock.pass(999);
    expect(answers).to.deep.equal([]);
    clock.pass(1_001);
    await settle(0, DELIVERED);
    clock.pass(5_000);
    expect(answers).to.deep.equal(['a working', 'a working', 'a ack']);
  });

  it('doubles the delay with each delivery up to `maxDelayMs`, of which chance takes at most half', async () => {
    const chance = [1, 1, 0, 1, 0.5];
    start({ maxDelayMs: 5_000, random: () => chance.shift() ?? 0 });
    await settled();
    for (const [index, deliveryCount] of [1, 2, 2, 4, 2_000].entries()) {
      await receive('a', 1, { deliveryCount });
      await settle(index, FULL);
    }
    expect(log).to.deep.equal([1_000, 2_000, 1_000, 5_000, 3_750].map((delayMs) => `delayed ${String(delayMs)}`));
  });

  it('delays a message whose collector throws or rejects, and names the error', async () => {
    const error = new Error('no');
    let isThrown = true;
    start({
      collector: {
        collectTracked: () => {
          if (isThrown) throw error;
          return Promise.reject(error);
        },
      },
    });
    await settled();
    await receive('a', 1);
    isThrown = false;
    await receive('b', 2);
    expect(answers).to.deep.equal(['a nak 1000', 'b nak 1000']);
    expect(results.map((result) => 'error' in result && result.error)).to.deep.equal([error, error]);
  });

  it('continues if answering throws, because the connection is closed', async () => {
    start({
      decode: (message) => {
        Object.assign(message, { ack: () => expect.fail('closed'), working: () => expect.fail('closed') });
        return { type: 'feature_used' };
      },
    });
    await settled();
    await receive('a', 1);
    clock.pass(1_000);
    await settle(0, DELIVERED);
    await receive('b', 2);
    expect([collected.length, log]).to.deep.equal([2, ['acknowledged']]);
  });

  describe('with dead letters', () => {
    let letters: { readonly subject: string; readonly id: string | undefined }[];
    let publish: () => Promise<unknown>;
    const deadLetters = {
      js: {
        publish: (subject: string, _payload: unknown, { msgID: id }: { readonly msgID?: string } = {}) => {
          letters.push({ subject, id });
          return publish();
        },
      },
      subject: 'dead',
      afterDeliveries: 2,
    };

    beforeEach(() => {
      letters = [];
      publish = () => Promise.resolve();
    });

    it('gives up an undelivered message after `afterDeliveries`, but not one for which there was no room', async () => {
      start({ deadLetters });
      await settled();
      for (const [index, [deliveryCount, settlement]] of (
        [
          [1, FAILED],
          [2, FULL],
          [2, FAILED],
        ] as const
      ).entries()) {
        await receive(`a${String(index)}`, 1, { deliveryCount });
        await settle(index, settlement);
      }
      expect(log).to.deep.equal(['delayed 1000', 'delayed 2000', 'dead_lettered']);
      expect(answers.at(-1)).to.equal('a2 term');
      expect(letters).to.deep.equal([{ subject: 'dead', id: 'S-1-1' }]);
    });

    it('ends a message only after its letter is stored, and the last of its deliveries', async () => {
      const stored = new Subject<void>();
      publish = () => new Promise<void>((resolve) => stored.subscribe({ complete: resolve }));
      start({ deadLetters });
      await settled();
      await receive('a', 1, { text: '{' });
      await receive('a2', 1, { text: '{', deliveryCount: 2 });
      expect([letters.length, answers, log]).to.deep.equal([1, [], []]);
      stored.complete();
      await settled();
      expect([letters.length, answers, log]).to.deep.equal([1, ['a2 term'], ['dead_lettered']]);
    });

    it('delays a message whose letter is not stored, and names that error', async () => {
      const error = new Error('no stream');
      publish = () => {
        throw error;
      };
      start({ deadLetters });
      await settled();
      await receive('a', 1, { text: '{' });
      expect([answers, results[0]]).to.deep.equal([['a nak 1000'], { ...results[0], kind: 'delayed', error }]);
    });

    it('publishes no letter for a letter, but fails', async () => {
      start({ deadLetters });
      await settled();
      await receive('a', 1, { text: '{', subject: 'dead' });
      expect([letters, answers, log.length]).to.deep.equal([[], [], 1]);
      expect(log[0]).to.match(/^error: The consumer receives its own dead letters/);
    });
  });

  describe('at the end of the collector', () => {
    it('settles the open messages, requests no more, and completes', async () => {
      start({ maxInFlight: 2 });
      await settled();
      await receive('a', 1);
      collectorEvents.complete();
      await settled();
      expect(log).to.deep.equal([]);
      await settle(0, DELIVERED);
      expect([answers, log, requested]).to.deep.equal([['a ack'], ['acknowledged', 'complete'], [2]]);
      expect(clock.timers).to.equal(0);
    });

    it('returns the messages that the collector refuses, without a delay', async () => {
      start();
      await settled();
      await receive('a', 1);
      await receive('b', 2);
      await settle(0, CLOSED);
      expect(log).to.deep.equal(['returned']);
      await settle(1, CLOSED);
      expect([answers, log]).to.deep.equal([
        ['a nak', 'b nak'],
        ['returned', 'returned', 'complete'],
      ]);
    });

    it('completes at once if the collector has ended before, and requests nothing', async () => {
      collectorEvents.complete();
      start();
      await settled();
      expect([log, requested, clock.timers]).to.deep.equal([['complete'], [], 0]);
    });
  });

  describe('after an unsubscription', () => {
    it('answers nothing, and leaves no timer', async () => {
      const subscription = start();
      await settled();
      await receive('a', 1);
      await receive('b', 2, { text: '{' });
      subscription.unsubscribe();
      await settle(0, DELIVERED);
      expect([answers, clock.timers, collectorEvents.observed]).to.deep.equal([['b nak 1000'], 0, false]);
    });

    it('requests nothing if the consumer was not known yet', async () => {
      start().unsubscribe();
      await settled();
      expect([requested, clock.timers, log]).to.deep.equal([[], 0, []]);
    });

    it('leaves nothing if a warning was the reason', async () => {
      start({}, { max_deliver: 5 }, take(1));
      await settled();
      expect(log).to.deep.equal(['warning', 'complete']);
      expect([requested, clock.timers, collectorEvents.observed]).to.deep.equal([[], 0, false]);
    });
  });

  it('fails before its first request if the consumer cannot be read', async () => {
    start({ consumer: { info: () => Promise.reject(new Error('no consumer')), fetch: () => expect.fail('not called') } });
    await settled();
    expect([log, clock.timers]).to.deep.equal([['error: no consumer'], 0]);
  });
});
