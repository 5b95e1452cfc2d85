import { expect } from 'chai';
import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { validate, version } from 'uuid';
import { captureEvent, createEvent, type CaptureEnv } from '../../lib/event/create-event.js';
import { environmentMetadata } from '../../lib/event/environment-metadata.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';

const FIELDS = ['id', 'type', 'category', 'priority', 'timestamp', 'sessionId', 'data', 'metadata', 'weight'];

const COMPLETE = {
  id: 'mine',
  type: 'cache_hit',
  category: 'business',
  priority: 'high',
  timestamp: 5,
  sessionId: 'theirs',
  data: { key: 1 },
  metadata: { plan: 'pro' },
  weight: 2.5,
} as const;

describe('captureEvent', () => {
  it("applies a type's defaults only to events without category or priority", () => {
    const defaults = new Map([['checkout', { category: 'business', priority: 'high' } as const]]);
    const captured = (input: object): string[] => {
      const { category, priority } = captureEvent(input, { ...env, defaults });
      return [category, priority];
    };
    expect(captured({ type: 'checkout' })).to.deep.equal(['business', 'high']);
    expect(captured({ type: 'checkout', category: 'usage', priority: 'low' })).to.deep.equal(['usage', 'low']);
    expect(captured({ type: 'cache_hit' })).to.deep.equal(['performance', 'normal']);
  });

  const env: CaptureEnv = {
    now: () => 1_000,
    newId: () => 'id',
    sessionId: 'session',
    metadata: Object.freeze({ os: 'linux', locale: 'en' }),
  };

  it('fills in missing fields', () => {
    expect(captureEvent({ type: 'cache_hit' }, env)).to.deep.equal({
      id: 'id',
      type: 'cache_hit',
      category: 'performance',
      priority: 'normal',
      timestamp: 1_000,
      sessionId: 'session',
      data: undefined,
      metadata: { os: 'linux', locale: 'en' },
      weight: 1,
    });
  });

  it('keeps fields that the caller sets', () => {
    expect(captureEvent(COMPLETE, env)).to.deep.equal({ ...COMPLETE, metadata: { os: 'linux', locale: 'en', plan: 'pro' } });
  });

  it('creates objects of one shape for any input', () => {
    for (const input of [{ type: 'a' }, { weight: 2, type: 'a', extra: 1 }, COMPLETE]) {
      expect(Object.keys(captureEvent(input, env))).to.deep.equal(FIELDS);
    }
    expect(Object.keys(captureEvent({ type: 'a' }, { ...env, sessionId: undefined }))).to.deep.equal(FIELDS);
  });

  const UNUSABLE = {
    category: ['Usage', '', 'constructor', null, 3],
    priority: ['urgent', '', null, 1],
    timestamp: [NaN, Infinity, -1, '5', 'x', '2024-02-30', null, {}, new Date(NaN), new Date(-1)],
    sessionId: ['', 7, null],
    metadata: [null, 'plan', 7, ['plan']],
    weight: [0, 0.5, -1, NaN, Infinity, '2', null, 2 ** 32 + 1, 1e308],
  };

  for (const [field, values] of Object.entries(UNUSABLE)) {
    it(`replaces a ${field} that can't be used by its default, and reports it`, () => {
      const standard = captureEvent({ type: 'cache_hit' }, env);
      for (const value of values) {
        const reports: unknown[] = [];
        const onUnusable = (...report: unknown[]): number => reports.push(report);
        expect(captureEvent({ type: 'cache_hit', [field]: value }, { ...env, onUnusable })).to.deep.equal(standard);
        expect(reports).to.deep.equal([[field, value]]);
      }
    });
  }

  it('reports nothing if all fields are valid or left out', () => {
    const onUnusable = (field: string): never => expect.fail(field);
    for (const input of [COMPLETE, { type: 'a' }, { type: 'a', metadata: {}, weight: undefined }])
      captureEvent(input, { ...env, onUnusable });
  });

  it('refuses an id that is not a non-empty string', () => {
    for (const id of ['', 7, null, {}])
      expect(() => captureEvent({ type: 'a', id }, env)).to.throw(TypeError, 'Expected `id` to be a non-empty string');
  });

  it('accepts a time as a number, a Date or an ISO 8601 string', () => {
    const time = 1_700_000_000_123;
    for (const timestamp of [time, new Date(time), new Date(time).toISOString(), '2023-11-14T23:13:20.123+01:00'])
      expect(captureEvent({ type: 'a', timestamp }, env).timestamp).to.equal(time);
  });

  it('accepts the limits of what can be used', () => {
    expect(captureEvent({ type: 'a', timestamp: 0, weight: 1 }, env)).to.include({ timestamp: 0, weight: 1 });
    expect(captureEvent({ type: 'a', weight: 2 ** 32 }, env).weight).to.equal(2 ** 32);
  });

  it('refuses a value that is not an object, without quoting it', () => {
    for (const input of [undefined, null, 'alice@example.com', 7, true, () => ({ type: 'a' })]) {
      expect(() => captureEvent(input, env)).to.throw(
        TypeError,
        /^Expected an event to be an object, got (undefined|null|string|number|boolean|function)$/,
      );
    }
  });

  it('refuses a type that is not a non-empty string, without quoting it', () => {
    for (const type of [undefined, null, '', 4111111111111111, {}, ['a']]) {
      expect(() => captureEvent({ type }, env)).to.throw(
        TypeError,
        /^Expected `type` to be a non-empty string, got (undefined|null|an empty one|number|object)$/,
      );
    }
    expect(() => captureEvent([], env)).to.throw(TypeError, 'Expected `type`');
  });

  it('requests neither id nor time if the event has its own', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    expect(captureEvent(COMPLETE, { ...env, now: never, newId: never })).to.include({ id: 'mine', timestamp: 5 });
  });

  it('uses data by reference', () => {
    const data = { nested: {} };
    expect(captureEvent({ type: 'a', data }, env).data).to.equal(data);
  });

  it('shares the metadata among all events without their own', () => {
    for (const input of [{ type: 'a' }, { type: 'a', metadata: {} }, { type: 'a', metadata: { os: undefined } }]) {
      expect(captureEvent(input, env).metadata).to.equal(env.metadata);
    }
  });

  it("gives the event's own metadata precedence, key by key", () => {
    expect(captureEvent({ type: 'a', metadata: { locale: 'cs' } }, env).metadata).to.deep.equal({ os: 'linux', locale: 'cs' });
  });

  it('throws the error of a getter', () => {
    const input = {
      type: 'a',
      get data(): never {
        throw new RangeError('hostile');
      },
    };
    expect(() => captureEvent(input, env)).to.throw(RangeError, 'hostile');
  });

  it('reads each field once', () => {
    const reads: string[] = [];
    const input = new Proxy<object>(COMPLETE, {
      get(target, key, receiver) {
        reads.push(String(key));
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    captureEvent(input, env);
    expect(reads.sort()).to.deep.equal([...FIELDS].sort());
  });

  it('does not change the input', () => {
    const input = { type: 'a', metadata: Object.freeze({ plan: 'pro' }), data: Object.freeze({}) };
    expect(() => captureEvent(Object.freeze(input), env)).not.to.throw();
  });

  it('changes no prototype for hostile JSON', () => {
    const input: unknown = JSON.parse(
      '{ "type": "__proto__", "__proto__": { "weight": 9 }, "metadata": { "__proto__": { "isAdmin": true } } }',
    );
    const event = captureEvent(input, env);
    expect(event).to.include({ type: '__proto__', category: 'custom', weight: 1 });
    expect(event.metadata.isAdmin).to.be.undefined;
    expect(({} as { isAdmin?: unknown }).isAdmin).to.be.undefined;
  });

  it('creates an event or throws a TypeError for any value', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ type: fc.string(), id: fc.anything(), weight: fc.anything(), metadata: fc.anything() })),
        (input) => {
          let event: AnalyticsEvent;
          try {
            event = captureEvent(input, env);
          } catch (error) {
            expect(error).to.be.instanceOf(TypeError);
            return;
          }
          expect(Object.keys(event)).to.deep.equal(FIELDS);
          expect(event.weight).to.satisfy((weight: number) => weight >= 1 && weight < Infinity);
          expect(event.metadata).to.have.property('os');
          expect([event.id, event.type]).to.satisfy((strings: unknown[]) =>
            strings.every((value) => typeof value === 'string' && value !== ''),
          );
        },
      ),
    );
  });

  it('creates an equal event from an event', () => {
    const event = captureEvent(COMPLETE, env);
    expect(captureEvent(event, env)).to.deep.equal(event);
  });
});

describe('createEvent', () => {
  it('creates an event from a type alone', () => {
    const before = asyncScheduler.now();
    const { id, timestamp, metadata, ...rest } = createEvent({ type: 'mission_created' });
    expect(validate(id) && version(id) === 7).to.be.true;
    expect(timestamp).to.be.within(before, asyncScheduler.now());
    expect(metadata).to.deep.equal(environmentMetadata());
    expect(rest).to.deep.equal({
      type: 'mission_created',
      category: 'usage',
      priority: 'normal',
      sessionId: undefined,
      data: undefined,
      weight: 1,
    });
  });

  it('uses clock, ids, session and metadata of the second argument', () => {
    const event = createEvent({ type: 'a' }, { now: () => 5, newId: () => 'id', sessionId: 's', metadata: { os: 'mine', plan: 'pro' } });
    expect(event).to.include({ id: 'id', timestamp: 5, sessionId: 's' });
    expect(event.metadata).to.deep.equal({ ...environmentMetadata(), os: 'mine', plan: 'pro' });
  });

  it("gives the event's own metadata precedence over all other", () => {
    const { metadata } = createEvent({ type: 'a', metadata: { os: 'own' } }, { metadata: { os: 'mine', plan: 'pro' } });
    expect(metadata).to.include({ os: 'own', plan: 'pro' });
  });

  it('runs on virtual time', () => {
    new TestScheduler(() => undefined).run(() => expect(createEvent({ type: 'a' }).timestamp).to.equal(0));
  });

  it('creates a new id for every event', () => {
    expect(createEvent({ type: 'a' }).id).to.not.equal(createEvent({ type: 'a' }).id);
  });

  it('infers the types of input and result', () => {
    const inferred: AnalyticsEvent<'cache_miss', { key: string }> = createEvent({ type: 'cache_miss', data: { key: 'user:1' } });
    type Shop = AnalyticsEvent<'opened', { at: number }> | AnalyticsEvent<'closed'>;
    const declared: Shop = createEvent<Shop>({ type: 'opened', data: { at: 9 } });
    // @ts-expect-error -- 'opened' has a time
    createEvent<Shop>({ type: 'opened', data: { at: 'nine' } });
    // @ts-expect-error -- there is no such event
    createEvent<Shop>({ type: 'moved' });
    expect([inferred.data.key, declared.type]).to.deep.equal(['user:1', 'opened']);
  });
});
