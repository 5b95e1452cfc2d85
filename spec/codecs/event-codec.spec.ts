import { expect } from 'chai';
import fc from 'fast-check';
import * as t from 'io-ts';
import { eventCodec } from '../../lib/codecs/event-codec.js';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';
import { createEvent } from '../../lib/event/create-event.js';
import { EVENT_PRIORITIES } from '../../lib/event/priority.js';
import { anEvent } from '../support/an-event.js';
import { leftOf, rightOf } from './sides.js';

const faults = (value: unknown, codec: t.Mixed = eventCodec()): string[] => formatErrors(leftOf(codec.decode(value)));

/** A codec whose encoded form differs from its decoded one. */
const dateFromText = new t.Type<Date, string>(
  'DateFromText',
  (value): value is Date => value instanceof Date,
  (value, context) => {
    const date = new Date(typeof value === 'string' ? value : NaN);
    return Number.isNaN(date.getTime()) ? t.failure(value, context) : t.success(date);
  },
  (date) => date.toISOString(),
);

describe('eventCodec', () => {
  it('decodes the result of createEvent to an equal event', () => {
    const event = createEvent({ type: 'mission_created', data: { name: 'apollo' }, metadata: { appVersion: '1.0' } });
    expect(rightOf(eventCodec().decode(event))).to.deep.equal(event);
  });

  it('decodes every event that was written as JSON', () => {
    const events = fc.record({
      id: fc.uuid(),
      type: fc.string({ minLength: 1 }),
      category: fc.constantFrom(...EVENT_CATEGORIES),
      priority: fc.constantFrom(...EVENT_PRIORITIES),
      timestamp: fc.nat(),
      sessionId: fc.option(fc.string(), { nil: undefined }),
      data: fc.jsonValue(),
      metadata: fc
        .dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          fc.constantFrom('x', 'y'),
        )
        .map(({ timezoneOffset: _, ...metadata }) => metadata),
      weight: fc.double({ min: 1, max: 1e9, noNaN: true }),
    });
    fc.assert(
      fc.property(events, (event) => {
        const arrived: unknown = JSON.parse(JSON.stringify(event));
        const expected = { ...event, data: JSON.parse(JSON.stringify(event.data)) as unknown };
        expect(rightOf(eventCodec().decode(arrived))).to.deep.equal(expected);
        expect(eventCodec().is(arrived)).to.equal(true);
      }),
    );
  });

  it('accepts an event without a session', () => {
    const { sessionId, ...event } = anEvent();
    expect(sessionId).to.equal('session');
    expect(rightOf(eventCodec().decode(event))).to.deep.equal({ ...event, sessionId: undefined });
    expect(eventCodec().is(event)).to.equal(true);
  });

  it('drops unknown fields, and keeps the order of the nine known ones', () => {
    const decoded = rightOf(eventCodec().decode({ extra: 1, ...anEvent() }));
    expect(Object.keys(decoded)).to.deep.equal(Object.keys(anEvent()));
  });

  it('keeps the payload by reference, and copies the metadata', () => {
    const event = anEvent({ data: { a: 1 }, metadata: { region: 'eu' } });
    const decoded = rightOf(eventCodec().decode(event));
    expect(decoded.data).to.equal(event.data);
    expect(decoded.metadata).to.deep.equal(event.metadata);
    expect(decoded.metadata === event.metadata).to.equal(false);
  });

  it('decodes a time that is a Date or an ISO 8601 string', () => {
    const time = Date.UTC(2024, 1, 29, 12);
    for (const timestamp of [time, new Date(time), '2024-02-29T12:00:00Z', '2024-02-29T13:00+01:00'])
      expect(rightOf(eventCodec().decode({ ...anEvent(), timestamp })).timestamp).to.equal(time);
    for (const timestamp of [-1, NaN, Infinity, new Date(NaN), '12', '2024-02-30', null, undefined])
      expect(faults({ ...anEvent(), timestamp })).to.have.length(1);
  });

  it('accepts weights up to 2^32', () => {
    expect(eventCodec().is(anEvent({ weight: 2 ** 32 }))).to.equal(true);
    for (const weight of [2 ** 32 + 1, 1e308, Infinity]) expect(eventCodec().is(anEvent({ weight }))).to.equal(false);
  });

  it('reports all faults together, each with its path and the expected type', () => {
    const wrong = {
      id: '',
      type: 3,
      category: 'sport',
      priority: 'urgent',
      timestamp: 'yesterday',
      sessionId: null,
      metadata: { appVersion: 1, os: 1, arch: 1, locale: 1, timezoneOffset: 'UTC', custom: 1 },
      weight: 0.5,
    };
    expect(faults(wrong)).to.deep.equal([
      'Expected `id` to be non-empty string, got an empty string',
      'Expected `type` to be non-empty string, got a number',
      'Expected `category` to be "usage" | "performance" | "error" | "business" | "security" | "system" | "custom", got a string',
      'Expected `priority` to be "low" | "normal" | "high" | "critical", got a string',
      'Expected `timestamp` to be time in milliseconds or ISO 8601, from 1970 on, got a string',
      'Expected `sessionId` to be (string | undefined), got null',
      'Expected `metadata.appVersion` to be string, got a number',
      'Expected `metadata.os` to be string, got a number',
      'Expected `metadata.arch` to be string, got a number',
      'Expected `metadata.locale` to be string, got a number',
      'Expected `metadata.timezoneOffset` to be number, got a string',
      'Expected `weight` to be number from 1 to 4294967296, got a number',
    ]);
  });

  for (const [kind, value] of Object.entries({
    null: null,
    undefined,
    'a string': 'x',
    'an array': [],
    'a bigint': 1n,
    'a symbol': Symbol('x'),
  })) {
    it(`refuses ${kind}`, () => {
      expect(faults(value)).to.deep.equal([`Expected the value to be AnalyticsEvent<string, unknown>, got ${kind}`]);
      expect(eventCodec().is(value)).to.equal(false);
    });
  }

  it('refuses an array, even with all fields of an event', () => {
    const array = Object.assign([], anEvent());
    expect(faults(array)).to.have.length(1);
    expect(eventCodec().is(array)).to.equal(false);
  });

  for (const [field, values] of Object.entries({
    timestamp: [NaN, Infinity, -1, 1n],
    weight: [NaN, Infinity, 0, -1],
    metadata: [[], 'x', null],
  })) {
    it(`refuses an invalid ${field}`, () => {
      for (const value of values) expect(faults(anEvent({ [field]: value }))).to.have.length(1);
    });
  }

  it('checks the payload with its codec', () => {
    const codec = eventCodec(t.type({ items: t.array(t.type({ price: t.number })) }));
    const priced = (...prices: unknown[]): unknown => anEvent({ data: { items: prices.map((price) => ({ price })) } });
    expect(codec.is(priced(1, 2))).to.equal(true);
    expect(faults(priced(1, 'two', null), codec)).to.deep.equal([
      'Expected `data.items.1.price` to be number, got a string',
      'Expected `data.items.2.price` to be number, got null',
    ]);
  });

  it('refuses events of another type than its own', () => {
    const codec = eventCodec(t.unknown, 'checkout');
    expect(codec.is(anEvent({ type: 'checkout' }))).to.equal(true);
    expect(faults(anEvent({ type: 'refund' }), codec)).to.deep.equal(['Expected `type` to be "checkout", got a string']);
  });

  it('decodes and encodes the payload by its codec', () => {
    const codec = eventCodec(t.type({ at: dateFromText }));
    const event = anEvent({ data: { at: '2020-01-01T00:00:00.000Z' } });
    const decoded = rightOf(codec.decode(event));
    expect(decoded.data.at.getUTCFullYear()).to.equal(2020);
    expect(codec.encode(decoded)).to.deep.equal(event);
    expect(event.data).to.deep.equal({ at: '2020-01-01T00:00:00.000Z' });
  });

  it('encodes an event to itself if its payload encodes to itself', () => {
    const event = anEvent();
    expect(eventCodec().encode(event)).to.equal(event);
  });

  describe('given hostile input', () => {
    it('reports an event whose getter throws as unreadable, without the exception', () => {
      const event = {
        ...anEvent(),
        get id(): string {
          throw new Error('s3cret');
        },
      };
      expect(faults(event)).to.deep.equal(["Expected the value to be AnalyticsEvent<string, unknown>, got something that can't be read"]);
      expect(eventCodec().is(event)).to.equal(false);
    });

    it('reads each field once, so that the checked value is the returned one', () => {
      let reads = 0;
      const event = {
        ...anEvent(),
        get id(): unknown {
          reads += 1;
          return reads === 1 ? 'an id' : 666;
        },
        metadata: {
          get os(): unknown {
            reads += 1;
            return reads === 2 ? 'linux' : 666;
          },
        },
      };
      const decoded = rightOf(eventCodec().decode(event));
      expect([decoded.id, decoded.metadata.os, reads]).to.deep.equal(['an id', 'linux', 2]);
    });

    it('survives revoked proxies and traps that throw', () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const trap = new Proxy({}, { get: () => { throw new Error('trap'); }, ownKeys: () => { throw new Error('trap'); } }); // prettier-ignore
      for (const value of [proxy, trap, anEvent({ metadata: proxy }), anEvent({ metadata: trap })]) {
        expect(faults(value)).to.have.length(1);
        expect(eventCodec().is(value)).to.equal(false);
      }
    });

    it('accepts a payload that is deep, circular, or has no JSON form', () => {
      let deep: unknown = 'bottom';
      for (let level = 0; level < 100_000; level += 1) deep = { deep };
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      for (const data of [deep, circle, 1n, Symbol('s'), undefined])
        expect(rightOf(eventCodec().decode(anEvent({ data }))).data).to.equal(data);
    });

    it('reports `data` if it is too deep or circular for the payload codec', () => {
      interface Tree {
        readonly child: Tree | null;
      }
      const tree: t.Type<Tree> = t.recursion('Tree', (self) => t.type({ child: t.union([self, t.null]) }));
      let deep: unknown = null;
      for (let level = 0; level < 100_000; level += 1) deep = { child: deep };
      const circle: { child?: unknown } = {};
      circle.child = circle;
      const codec = eventCodec(tree);
      expect(codec.is(anEvent({ data: { child: { child: null } } }))).to.equal(true);
      for (const data of [deep, circle]) {
        expect(faults(anEvent({ data }), codec)).to.deep.equal(["Expected `data` to be Tree, got something that can't be read"]);
        expect(codec.is(anEvent({ data }))).to.equal(false);
      }
    });

    it('treats the key `__proto__` as data', () => {
      const text = JSON.stringify(anEvent({ metadata: { region: 'eu' } }))
        .replace('{', '{"__proto__":{"weight":7,"polluted":true},')
        .replace('"data":{', '"data":{"__proto__":{"polluted":true}')
        .replace('"metadata":{', '"metadata":{"__proto__":{"polluted":true},');
      const { metadata, data, weight } = rightOf(eventCodec().decode(JSON.parse(text)));
      expect(weight).to.equal(1);
      expect(Object.keys(metadata)).to.deep.equal(['region']);
      for (const object of [{}, metadata, data as object]) expect('polluted' in object).to.equal(false);
    });
  });
});
