import { expect } from 'chai';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { Encoder } from '../../lib/http/encoder.js';
import {
  fieldsOf,
  itemOf,
  itemsEncoder,
  limitedEncoder,
  linesEncoder,
  propertiesOf,
  stampField,
  traitsOf,
  type Item,
} from '../../lib/vendors/items.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import { anEvent } from '../support/an-event.js';
import { thrownBy } from '../support/attempt.js';
import { throwing } from '../support/hostile.js';

const item = (patch: Partial<AnalyticsEvent> = {}, user?: UserOf): Item => itemOf(anEvent(patch), user);

describe('itemOf', () => {
  const idsOf = (ids: AnalyticsEvent['metadata'], user?: UserOf): unknown[] => {
    const { userId, anonymousId } = item({ metadata: ids }, user);
    return [userId, anonymousId];
  };

  it("copies the event, as JSON has it, with the ids of the event's metadata", () => {
    const event = anEvent({ data: { total: 10n, when: new Date(0), none: undefined }, metadata: { userId: 'ada', anonymousId: 'v-1' } });
    const copy = itemOf(event, undefined);
    expect(JSON.parse(JSON.stringify(copy))).to.deep.equal({
      ...event,
      ...{ data: { total: '10', when: '1970-01-01T00:00:00.000Z' }, userId: 'ada', anonymousId: 'v-1' },
    });
    expect(copy.data).to.not.equal(event.data);
  });

  it('knows a visitor without an id by the session', () => {
    expect(idsOf({})).to.deep.equal([undefined, 'session']);
    expect(idsOf({ userId: 'ada' })).to.deep.equal(['ada', 'session']);
    expect(item({ sessionId: undefined })).to.include({ userId: undefined, anonymousId: undefined });
  });

  it('accepts numbers as ids, and ignores values that are no ids', () => {
    expect(idsOf({ userId: 7, anonymousId: 10n })).to.deep.equal(['7', '10']);
    for (const id of ['', null, NaN, Infinity, true, {}, ['a'], Symbol('a'), () => 'a'])
      expect(idsOf({ userId: id, anonymousId: id })).to.deep.equal([undefined, 'session']);
  });

  it('takes both ids from `user`, if there is one', () => {
    const ids = { userId: 'ada', anonymousId: 'v-1' };
    expect(idsOf(ids, ({ type }) => ({ userId: `user of ${type}` }))).to.deep.equal(['user of feature_used', 'session']);
    expect(idsOf(ids, () => undefined)).to.deep.equal([undefined, 'session']);
  });

  it('throws the exceptions of `user` and of getters', () => {
    const error = new Error('no');
    const failing = (): never => {
      throw error;
    };
    expect(() => item({}, failing)).to.throw(error);
    expect(() => item({ data: throwing(error) })).to.throw(error);
    expect(() => item({}, () => throwing(error, 'userId'))).to.throw(error);
  });
});

describe('Fields of an item', () => {
  it('are those of its payload, or its payload as `data`', () => {
    const data = { a: 1 };
    expect(fieldsOf(data)).to.equal(data);
    for (const value of ['text', 5, [1], null, undefined]) expect(fieldsOf(value)).to.deep.equal({ data: value });
  });

  it('replace those of its metadata, and not what is known about the event', () => {
    const known = { event_category: 'usage', event_priority: 'normal', event_weight: 1 };
    const patch = { metadata: { os: 'linux', plan: 'free', event_weight: 5 }, data: { plan: 'pro', event_category: 'mine' } };
    expect(propertiesOf(item(patch))).to.deep.equal({ os: 'linux', plan: 'pro', ...known });
    expect(propertiesOf(item(patch), { own: 1 })).to.deep.equal({ os: 'linux', plan: 'free', own: 1, ...known });
  });
});

describe('traitsOf', () => {
  const traits = (data: unknown, patch: Partial<AnalyticsEvent> = {}): object | undefined =>
    traitsOf(item({ type: 'user_identified', metadata: { userId: 'ada' }, data, ...patch }));

  it('returns the traits of an identified user, and none for a value that is no object', () => {
    expect(traits({ traits: { plan: 'pro' } })).to.deep.equal({ plan: 'pro' });
    for (const data of [undefined, null, 'text', {}, { traits: null }, { traits: ['a'] }, { traits: 'a' }])
      expect(traits(data)).to.deep.equal({});
  });

  it('returns nothing for another event, and for a user who is unknown', () => {
    expect(traits({ traits: { plan: 'pro' } }, { type: 'feature_used' })).to.equal(undefined);
    expect(traits({ traits: { plan: 'pro' } }, { metadata: { anonymousId: 'v-1' } })).to.equal(undefined);
  });
});

describe('An encoder of items', () => {
  const events = ['a', 'b'].map((id) => anEvent({ id, metadata: { userId: `user-${id}` } }));
  const encoded = (encoder: Encoder, batch = events): unknown => encoder.encode(createBatch(batch, 1));

  it('writes one value for all events', () => {
    const encoder = itemsEncoder(
      ({ id }) => ({ userId: `own-${id}` }),
      ({ id, userId }) => [id, userId],
      (values) => ({ values }),
    );
    expect([encoder.contentType, encoded(encoder)]).to.deep.equal(['application/json', '{"values":[["a","own-a"],["b","own-b"]]}']);
    expect(encoded(encoder, [])).to.equal('{"values":[]}');
  });

  it('writes lines for each event, of which the last one ends, too', () => {
    const encoder = linesEncoder(undefined, ({ id, userId }) => `${id}\n${String(userId)}`);
    expect([encoder.contentType, encoded(encoder)]).to.deep.equal(['application/x-ndjson', 'a\nuser-a\nb\nuser-b\n']);
    expect(encoded(encoder, [])).to.equal('');
  });

  it('writes values between a head and a tail, each up to a number of UTF-8 bytes', () => {
    const encoder = limitedEncoder(undefined, 8, ({ data }) => data, '{"events":[', ']}');
    const dataOf = (...data: readonly unknown[]): unknown =>
      encoded(
        encoder,
        data.map((each) => anEvent({ data: each })),
      );
    expect([encoder.contentType, dataOf()]).to.deep.equal(['application/json', '{"events":[]}']);
    // Three characters of two bytes, and the quotes.
    expect(dataOf('üüü', '123456')).to.equal('{"events":["üüü","123456"]}');
    for (const long of ['üüü1', '1234567']) {
      const error = thrownBy(() => dataOf('1', long));
      expect(error).to.include({ kind: 'too_large', code: 'EVENT_TOO_LARGE', message: 'An event is longer than 8 bytes' });
    }
  });

  it('throws for a value without a JSON form', () => {
    expect(() => encoded(limitedEncoder(undefined, 100, () => undefined, '[', ']'))).to.throw(TypeError);
  });
});

describe('The time of sending', () => {
  it('is the last field of a body', () => {
    expect(stampField('sentAt')('{"batch":["}"]}', 0)).to.equal('{"batch":["}"],"sentAt":"1970-01-01T00:00:00.000Z"}');
  });

  it('is written in UTC, in milliseconds', () => {
    expect(stampField('sent_at')('{"a":1}', 1_700_000_000_123.9)).to.equal('{"a":1,"sent_at":"2023-11-14T22:13:20.123Z"}');
  });
});
