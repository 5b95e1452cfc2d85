import { expect } from 'chai';
import type { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import { eventJson } from '../../lib/event/event-json.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventPublisher } from '../../lib/nats/event-publisher.js';
import type { EventMessage, MessageTransport } from '../../lib/nats/message-transport.js';
import { TOO_LARGE, type PublishFault } from '../../lib/nats/publish-fault.js';
import { Unacknowledged } from '../../lib/nats/unacknowledged.js';
import { anEvent } from '../support/an-event.js';
import { forbidding, throwing } from '../support/hostile.js';
import { withoutCrypto } from '../support/without-crypto.js';

const LONG_ID = 'i'.repeat(251);
const DIGEST = /^%sha256-[\da-f]{64}$/;

/** Callbacks of promises have run. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('EventPublisher', () => {
  let sent: (EventMessage & { readonly index: number })[];
  let ends: (SinkError | undefined)[];
  let send: (message: EventMessage) => PublishFault | undefined;

  beforeEach(() => {
    sent = [];
    ends = [];
    send = () => undefined;
  });

  const transport: MessageTransport = {
    open: () => expect.fail('not called'),
    send(_attempt, index, message) {
      sent.push({ ...message, index });
      return send(message);
    },
    close: () => expect.fail('not called'),
  };

  function publish(
    events: readonly AnalyticsEvent[],
    subjectOf: (event: AnalyticsEvent) => unknown = () => 'events',
  ): Unacknowledged<unknown> {
    const attempt = new Unacknowledged(createBatch(events, 1), '', (error) => ends.push(error));
    new EventPublisher(transport, subjectOf).publish(attempt);
    return attempt;
  }

  const [a, b, c] = ['a', 'b', 'c'].map((id) => anEvent({ id, type: `type_${id}` })) as [AnalyticsEvent, AnalyticsEvent, AnalyticsEvent];

  it('sends the JSON of each event with its subject and its id, and leaves the attempt open', () => {
    const attempt = publish([a, b], ({ type }) => `events.${type}`);
    expect(sent).to.deep.equal([
      { index: 0, subject: 'events.type_a', json: eventJson(a), id: 'a' },
      { index: 1, subject: 'events.type_b', json: eventJson(b), id: 'b' },
    ]);
    expect([ends, attempt.isOver]).to.deep.equal([[], false]);
  });

  it('asks once for the subject of an event', () => {
    const asked: AnalyticsEvent[] = [];
    publish([a, b], (event) => {
      asked.push(event);
      return 'events';
    });
    expect(asked).to.deep.equal([a, b]);
  });

  it('refuses an event alone whose subject is invalid, or cannot be computed', () => {
    const subjects: Readonly<Record<string, unknown>> = { a: 'events.*', c: undefined };
    const attempt = publish([a, b, c], ({ id }) => {
      if (id === 'b') throw new Error('no');
      return subjects[id];
    });
    expect([sent, attempt.isOver]).to.deep.equal([[], true]);
    expect(ends[0]).to.include({ kind: 'rejected', code: 'NATS_INVALID_SUBJECT' });
    expect(ends[0]?.message).to.contain('the function `subject` to return a NATS subject');
    expect(ends[0]?.rejected).to.deep.equal([a, b, c]);
  });

  it('refuses an event alone that cannot be read, and sends the others', () => {
    const unreadable = [anEvent({ data: throwing(new Error('no')) }), forbidding() as AnalyticsEvent, anEvent({ id: 5 as never })];
    const attempt = publish([a, ...unreadable, c]);
    expect(sent.map(({ id, index }) => [id, index])).to.deep.equal([
      ['a', 0],
      ['c', 4],
    ]);
    for (const index of [0, 4]) attempt.settle(index);
    expect(ends[0]).to.include({ kind: 'rejected', code: 'NOT_ENCODABLE' });
    expect(ends[0]?.rejected?.map((event) => unreadable.indexOf(event as AnalyticsEvent))).to.deep.equal([0, 1, 2]);
  });

  it('names the exception that an event throws when it is read', () => {
    const cause = new Error('no');
    for (const event of [anEvent({ data: throwing(cause) }), throwing(cause, 'id') as AnalyticsEvent]) publish([event]);
    expect(ends.map((error) => error?.cause)).to.deep.equal([cause, cause]);
  });

  it('settles an event with the fault that its transport returns', () => {
    send = ({ id }) => (id === 'a' ? TOO_LARGE : undefined);
    publish([a, b]).settle(1);
    expect(ends[0]).to.include({ kind: 'too_large', code: TOO_LARGE.code });
    expect(ends[0]?.failed).to.deep.equal([a]);
  });

  it('settles an event whose transport throws, and sends the next one', () => {
    const cause = new Error('no');
    send = ({ id }) => {
      if (id === 'a') throw cause;
      return undefined;
    };
    publish([a, b]).settle(1);
    expect([sent.length, ends[0]?.cause]).to.deep.equal([2, cause]);
    expect(ends[0]?.failed).to.deep.equal([a]);
  });

  describe('for an id that is hashed', () => {
    const { subtle } = crypto;
    let digests: Promise<unknown>[];

    beforeEach(() => {
      digests = [];
      subtle.digest = (...args) => {
        const digest = SubtleCrypto.prototype.digest.apply(subtle, args);
        digests.push(digest);
        return digest;
      };
    });

    afterEach(() => {
      Reflect.deleteProperty(subtle, 'digest');
    });

    const hashed = async (): Promise<void> => {
      await Promise.all(digests);
      await nextTurn();
    };

    it('sends the event later, in its own place', async () => {
      publish([anEvent({ id: LONG_ID }), b]);
      expect(sent.map(({ index }) => index)).to.deep.equal([1]);
      await hashed();
      expect(sent.map(({ index }) => index)).to.deep.equal([1, 0]);
      expect(sent[1]?.id).to.match(DIGEST);
    });

    it('sends nothing if the attempt has ended meanwhile', async () => {
      publish([anEvent({ id: LONG_ID })]).end(undefined);
      await hashed();
      expect([digests.length, sent]).to.deep.equal([1, []]);
    });

    it('refuses an event alone whose id cannot be hashed', async () => {
      const events = [anEvent({ id: LONG_ID }), b];
      let attempt: Unacknowledged<unknown> | undefined;
      withoutCrypto(() => {
        attempt = publish(events);
      });
      await nextTurn();
      attempt?.settle(1);
      expect(ends[0]).to.include({ kind: 'rejected', code: 'NOT_ENCODABLE' });
      expect(ends[0]?.failed).to.deep.equal([events[0]]);
      expect(ends[0]?.cause).to.be.instanceOf(Error);
    });

    it('refuses an event whose subject turns out to be invalid', async () => {
      publish([anEvent({ id: LONG_ID })], () => '$JS.API');
      await hashed();
      expect(ends[0]).to.include({ code: 'NATS_INVALID_SUBJECT' });
    });
  });
});
