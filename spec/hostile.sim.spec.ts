import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import type { CollectorOptions } from '../lib/collector/collector-options.js';
import { EventCollector } from '../lib/collector/event-collector.js';
import { ConfigError } from '../lib/errors/config-error.js';
import { SinkError } from '../lib/errors/sink-error.js';
import type { AnalyticsEvent, EventInput } from '../lib/event/event.js';
import { jsonBytes } from '../lib/internal/json-bytes.js';
import type { CollectOutcome, CollectorStats } from '../lib/ledger/ledger.js';
import { defaultRedaction } from '../lib/redaction/default-redaction.js';
import { MemorySink } from '../lib/sinks/memory-sink.js';
import { testCollector } from '../lib/testing/test-collector.js';
import { expectBalanced } from './support/books.js';
import { dataFile } from './support/data.js';
import { forbidding, HOSTILE_DATA, MAX_BYTES, POLLUTING, revoked, throwing } from './support/hostile.js';

type Options = Pick<CollectorOptions, 'config' | 'redaction' | 'enrichers'>;

const PLAIN: Options = {};
const MEASURED: Options = { config: { batch: { maxBytes: MAX_BYTES } } };
const REDACTED: Options = { redaction: defaultRedaction() };
const ENRICHED: Options = { enrichers: (event) => ({ ...event, metadata: { ...event.metadata, enriched: true } }) };
const EVERYTHING: Options = { ...MEASURED, ...REDACTED, ...ENRICHED };

/** But for what takes a second to look through. */
const QUICK_DATA = HOSTILE_DATA.filter(({ isSlow }) => isSlow !== true);

/** Each way into a collector; none of them may throw, or reject. */
const WAYS: Readonly<Record<string, (collector: EventCollector, input: EventInput) => CollectOutcome | Promise<CollectOutcome>>> = {
  collect: (collector, input) => collector.collect(input),
  collectAsync: (collector, input) => collector.collectAsync(input),
  collectBatch: (collector, input) => {
    const outcomes = Object.entries(collector.collectBatch([input])).filter(([, count]) => count === 1);
    expect(outcomes).to.have.length(1);
    return (outcomes[0] as [CollectOutcome, number])[0];
  },
};

interface End {
  readonly outcome: CollectOutcome;
  readonly events: readonly AnalyticsEvent[];
  readonly stats: CollectorStats;
}

/** Collects one input, in one way, and sees to it that nothing is lost on the way to the sink. */
async function endOf(input: unknown, options: Options, way = WAYS.collect): Promise<End> {
  const sink = new MemorySink();
  const collector = new EventCollector({ ...options, sinks: [sink] });
  const outcome = await way?.(collector, input as EventInput);
  expectBalanced(collector);
  await collector.shutdown();
  const stats = expectBalanced(collector);
  expect(stats).to.include({ eventsReceived: 1, eventsBuffered: 0 });
  expect(sink.events).to.have.length(outcome === 'accepted' ? 1 : 0);
  return { outcome: outcome as CollectOutcome, events: sink.events, stats };
}

describe('hostile input', function () {
  this.timeout(60_000);
  const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
  const ownKeys = prototypes.map((prototype) => Reflect.ownKeys(prototype));

  afterEach('nothing is polluted', () => {
    expect(prototypes.map((prototype) => Reflect.ownKeys(prototype))).to.deep.equal(ownKeys);
    expect('polluted' in {}).to.equal(false);
  });

  describe('as data', () => {
    for (const { name, make, fates } of HOSTILE_DATA) {
      it(`has a defined outcome: ${name}`, async () => {
        const both = fates.redacted === 'accepted' ? fates.measured : fates.redacted;
        const cases = [
          ['plain', PLAIN, fates.plain],
          ['measured', MEASURED, fates.measured],
          ['redacted', REDACTED, fates.redacted],
          ['enriched', ENRICHED, fates.plain],
          ['everything', EVERYTHING, both],
        ] as const;
        for (const [how, options, expected] of cases) {
          const { outcome } = await endOf({ type: 'own_type', data: make() }, options);
          expect(outcome, how).to.equal(expected);
        }
      });
    }

    it('has the same outcome for each way of collecting it', async () => {
      const ways = { ...WAYS, track: (collector: EventCollector, { type, data }: EventInput) => collector.track(type, data) };
      for (const { name, make, fates } of HOSTILE_DATA) {
        for (const [how, way] of Object.entries(ways)) {
          const { outcome } = await endOf({ type: 'own_type', data: make() }, MEASURED, way);
          expect(outcome, `${name}, by ${how}`).to.equal(fates.measured);
        }
      }
    });

    it('does not affect other events, in one batch with all hostile ones', async () => {
      for (const options of [PLAIN, MEASURED, REDACTED, ENRICHED, EVERYTHING]) {
        const sink = new MemorySink();
        const collector = new EventCollector({ ...options, sinks: [sink] });
        for (const { make } of QUICK_DATA) {
          collector.track('own_type', make());
          expect(collector.track('feature_used', 'bystander')).to.equal('accepted');
        }
        await collector.shutdown();
        expectBalanced(collector);
        expect(sink.events.filter(({ type }) => type === 'feature_used')).to.have.length(QUICK_DATA.length);
      }
    });

    it('loses only its own event if an enricher reads it', async () => {
      const enrichers = (event: AnalyticsEvent): AnalyticsEvent => ({ ...event, data: { ...(event.data as object), n: 1 } });
      for (const { name, make } of HOSTILE_DATA) {
        const { outcome, stats } = await endOf({ type: 'own_type', data: make() }, { enrichers });
        expect(stats.eventsDropped, name).to.equal(outcome === 'accepted' ? 0 : 1);
        expect(stats.dropped.enricher_error, name).to.equal(stats.eventsDropped);
      }
    });
  });

  describe('as an event', () => {
    const NO_EVENTS: readonly unknown[] = [
      ...[undefined, null, true, 0, NaN, 10n, '', 'feature_used', Symbol('feature_used')],
      ...[[], ['feature_used'], new Map([['type', 'feature_used']]), Object.create(null) as unknown, new Date(), revoked(), forbidding()],
      Object.assign(() => undefined, { type: 'feature_used' }),
      ...['', 1, null, undefined, {}, [], Symbol('feature_used'), new String('feature_used')].map((type) => ({ type })),
    ];
    const FIELDS = ['id', 'type', 'category', 'priority', 'timestamp', 'sessionId', 'data', 'metadata', 'weight'];

    it('is invalid if it is not an event', async () => {
      for (const [how, way] of Object.entries(WAYS)) {
        for (const [index, input] of NO_EVENTS.entries()) {
          const { outcome, stats } = await endOf(input, PLAIN, way);
          expect([outcome, stats.eventsInvalid], `${how}, input ${String(index)}`).to.deep.equal(['invalid', 1]);
        }
      }
    });

    for (const field of FIELDS) {
      it(`is invalid if its ${field} throws any value`, async () => {
        for (const thrown of [new Error('not yours'), undefined, null, 'text', Symbol('thrown'), revoked(), throwing(1, 'message')]) {
          const input: object = Object.assign(throwing(thrown, field), field === 'type' ? {} : { type: 'own_type' });
          for (const way of Object.values(WAYS)) expect((await endOf(input, PLAIN, way)).outcome).to.equal('invalid');
        }
      });
    }

    it('is invalid if its id is given, but not a non-empty string', async () => {
      for (const id of [null, 42, '', {}, Symbol('odd'), 10n])
        expect((await endOf({ type: 'own_type', id }, PLAIN)).outcome).to.equal('invalid');
      expect((await endOf({ type: 'own_type', id: undefined }, PLAIN)).outcome).to.equal('accepted');
    });

    it('keeps its valid fields if others are invalid', async () => {
      const odd: readonly unknown[] = [null, NaN, -1, Infinity, {}, [], '', 'sometimes', '__proto__', Symbol('odd'), 10n, () => undefined];
      for (const field of FIELDS.filter((name) => name !== 'type' && name !== 'data' && name !== 'id')) {
        for (const value of odd) {
          const { events } = await endOf({ type: 'own_type', data: 1, [field]: value }, EVERYTHING);
          const [event] = events;
          expect(event).to.include({ type: 'own_type', data: 1 });
          expect(event?.category).to.equal('custom');
          expect(event?.priority).to.equal('normal');
          expect(event?.weight).to.equal(1);
          expect(event?.id).to.be.a('string').that.is.not.equal('');
          expect(event?.sessionId).to.be.a('string').that.is.not.equal('');
          expect(event?.timestamp).to.be.within(0, Number.MAX_SAFE_INTEGER);
          expect(event?.metadata).to.include.keys('os', 'arch', 'locale', 'timezoneOffset');
        }
      }
    });

    it('can be a frozen object, which is not changed', async () => {
      const make = () => ({
        type: 'own_type',
        id: 'own',
        data: { to: 'ada@example.org', list: [{ ip: '192.0.2.7' }], map: new Map([['password', 'hunter2']]) },
        metadata: { tenant: 'for bob@example.org' },
        weight: 2,
      });
      const input = deepFrozen(make());
      for (const way of Object.values(WAYS)) {
        const { outcome, events } = await endOf(input, EVERYTHING, way);
        expect(outcome).to.equal('accepted');
        expect(events[0]?.data).to.deep.equal({
          to: '[redacted:email]',
          list: [{ ip: '[redacted:ip]' }],
          map: new Map([['password', '[redacted:secret]']]),
        });
        expect(input).to.deep.equal(make());
      }
    });

    it('has a defined outcome and is not changed, with any content', () => {
      const anything = fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
      });
      const anEventOfAnything = fc.record(
        {
          type: fc.constant('own_type'),
          id: anything,
          priority: anything,
          timestamp: anything,
          data: anything,
          metadata: anything,
          weight: anything,
        },
        { requiredKeys: [] },
      );
      for (const options of [PLAIN, MEASURED, REDACTED, EVERYTHING]) {
        fc.assert(
          fc.property(fc.clone(fc.oneof(anything, anEventOfAnything), 2), ([input, copy]) => {
            // Two invalid dates are not equal to Node, touched or not.
            fc.pre(isDeepStrictEqual(input, copy));
            const { collector, sink, shutdown } = testCollector(options);
            const outcome = collector.collect(input as EventInput);
            expect(isDeepStrictEqual(input, copy)).to.equal(true);
            shutdown();
            expect(isDeepStrictEqual(input, copy)).to.equal(true);
            expect(expectBalanced(collector)).to.include({ eventsReceived: 1, eventsBuffered: 0 });
            expect(sink.events).to.have.length(outcome === 'accepted' ? 1 : 0);
          }),
        );
      }
    });

    it('may collect itself from its own getters, and ends all the same', () => {
      const { collector, sink, shutdown } = testCollector();
      const outcomes: CollectOutcome[] = [];
      const input: EventInput = {
        get type() {
          outcomes.push(collector.collect(input));
          return 'own_type';
        },
      };
      outcomes.push(collector.collect(input));
      shutdown();
      expect(expectBalanced(collector)).to.deep.include({ eventsReceived: outcomes.length, eventsProcessed: sink.events.length });
      expect(outcomes.filter((outcome) => outcome === 'dropped')).to.have.length(1);
    });

    it('may shut the collector down from its own getters', () => {
      const { collector, sink } = testCollector();
      const input: EventInput = {
        get type() {
          collector.shutdown();
          return 'own_type';
        },
      };
      expect(collector.collect(input)).to.equal('closed');
      expect(expectBalanced(collector)).to.include({ eventsReceived: 1, eventsClosed: 1 });
      expect(sink.events).to.have.length(0);
    });
  });

  describe('as a name', () => {
    const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'then', '0', 'length', 'a.b', ' '];

    it('is a type, a session and an id like any other', async () => {
      for (const name of NAMES) {
        const { events, stats } = await endOf({ type: name, id: name, sessionId: name }, EVERYTHING);
        expect(events[0]).to.include({ type: name, id: name, sessionId: name, category: 'custom' });
        expect(stats.eventsProcessed).to.equal(1);
      }
    });

    it('can be configured as a type, and is sampled separately', () => {
      for (const name of NAMES.filter((each) => each !== '__proto__')) {
        const sampling = { rate: 0, minPerWindow: 1, windowMs: 1_000 };
        const { collector } = testCollector({ config: { overrides: { [name]: { sampling } } } });
        const outcomes = [collector.track(name), collector.track(name), collector.track('own_type'), collector.track('own_type')];
        expect(outcomes, name).to.deep.equal(['accepted', 'sampled', 'accepted', 'accepted']);
        expectBalanced(collector);
      }
    });

    it('is a sink with its own ledger', async () => {
      for (const name of NAMES) {
        const sink = new MemorySink({ name });
        const collector = new EventCollector({ sinks: [sink] });
        collector.track('own_type');
        const { sinks } = await collector.shutdown();
        expect(Object.entries(sinks), name).to.deep.equal([[name, { delivered: 1, failed: 0, dropped: 0, pending: 0 }]]);
        expect(Object.keys(expectBalanced(collector).sinks)).to.deep.equal([name]);
      }
    });

    it('pollutes no prototype, with any parsed JSON', async () => {
      const polluting = JSON.parse(POLLUTING) as Record<string, unknown>;
      const sink = new MemorySink();
      const collector = new EventCollector({ sinks: [sink], metadata: polluting, redaction: defaultRedaction() });
      collector.setMetadata(polluting);
      expect(collector.collect({ type: 'own_type', data: polluting, metadata: polluting })).to.equal('accepted');
      for (const path of ['categories', 'overrides', 'batch', 'sampling']) {
        for (const patch of [polluting, { [path]: polluting }]) {
          try {
            collector.updateConfig(patch);
          } catch (error) {
            expect(error).to.be.instanceOf(ConfigError);
          }
          expect('polluted' in {}).to.equal(false);
        }
      }
      await collector.shutdown();
      expectBalanced(collector);
      const metadata = sink.events[0]?.metadata;
      expect(Object.getPrototypeOf(metadata)).to.equal(Object.prototype);
      expect(metadata?.polluted).to.equal(undefined);
    });
  });

  describe('the naughty strings', () => {
    let strings: readonly string[] = [];

    before(function () {
      strings = JSON.parse(readFileSync(dataFile(this, 'blns.json'), 'utf8')) as string[];
      expect(strings.length).to.be.above(400);
    });

    const inputOf = (text: string): EventInput => ({
      type: text === '' ? 'empty' : text,
      id: `id ${text}`,
      sessionId: `session ${text}`,
      data: { text, [text]: text, list: [text] },
      metadata: { [`own ${text}`]: text },
    });

    it('are delivered unchanged, in batches within their byte limit', () => {
      for (const options of [PLAIN, ENRICHED, { config: { batch: { maxBytes: 20_000 } } }]) {
        const { collector, sink, shutdown } = testCollector(options);
        for (const text of strings) expect(collector.collect(inputOf(text)), text).to.equal('accepted');
        shutdown();
        expect(expectBalanced(collector).eventsProcessed).to.equal(strings.length);
        expect(sink.events.map(({ type, id, sessionId, data }) => ({ type, id, sessionId, data }))).to.deep.equal(
          strings.map((text) => {
            const { type, id, sessionId, data } = inputOf(text);
            return { type, id, sessionId, data };
          }),
        );
        for (const [index, { metadata }] of sink.events.entries())
          expect(metadata[`own ${String(strings[index])}`]).to.equal(strings[index]);
        if (options.config !== undefined) for (const { events } of sink.getEvents()) expect(jsonBytes(events)).to.be.at.most(20_000);
      }
    });

    it('pass redaction twice with the same result as once', () => {
      const { collector, sink, shutdown } = testCollector(REDACTED);
      for (const text of strings) expect(collector.collect(inputOf(text)), text).to.equal('accepted');
      shutdown();
      expectBalanced(collector);
      const again = testCollector(REDACTED);
      for (const event of sink.events) expect(again.collector.collect(event)).to.equal('accepted');
      again.shutdown();
      expectBalanced(again.collector);
      expect(again.sink.events).to.deep.equal(sink.events);
    });
  });

  describe('from a sink', () => {
    const THROWN: readonly (() => unknown)[] = [
      ...[undefined, null, '', 'text', 0, 10n, Symbol('thrown')].map((value) => () => value),
      () => revoked(),
      () => forbidding(),
      () => throwing(new Error('not yours'), 'message'),
      () => Object.defineProperty(new Error('odd'), 'message', { get: () => forbidding() }),
      () => Object.assign(new SinkError('unavailable', 'odd'), { kind: 'no kind at all' }),
      () => Object.assign(new SinkError('write_failed', 'odd'), { failed: [forbidding(), revoked(), null, 1] }),
      () => Object.assign(new SinkError('unavailable', 'odd'), { retryAfterMs: NaN }),
      () => Object.assign(new SinkError('unavailable', 'odd'), { retryAfterMs: '0' }),
    ];

    for (const how of ['thrown', 'rejected with'] as const) {
      for (const [index, make] of THROWN.entries()) {
        it(`fails its own batch and no other sink's, ${how} as error ${String(index + 1)}`, async () => {
          const good = new MemorySink();
          const bad = {
            name: 'bad',
            process: () => {
              if (how === 'thrown') throw make();
              return new Promise<never>((_resolve, reject) => {
                reject(make());
              });
            },
          };
          const collector = new EventCollector({
            sinks: [bad, good],
            lane: { retry: { maxAttempts: 2, baseDelayMs: 0, maxElapsedMs: 0 } },
          });
          collector.track('own_type', 1);
          collector.track('own_type', 2);
          await collector.shutdown({ timeoutMs: 2_000 });
          const { sinks } = expectBalanced(collector);
          expect(sinks.bad).to.include({ offered: 2, failed: 2, pending: 0 });
          expect(good.events.map(({ data }) => data)).to.deep.equal([1, 2]);
        });
      }
    }

    it('is an answer like any other, or a failure, and never an end of the stream', async () => {
      const answers: readonly (() => unknown)[] = [
        ...[null, 1, 'text', true, 10n, Symbol('answer'), {}, [], () => undefined].map((value) => () => value),
        () => revoked(),
        () => forbidding(),
        () => throwing(new Error('not yours'), 'then'),
        () => ({ then: 1 }),
        () => ({
          then: (resolve: (value: unknown) => void) => {
            resolve(1);
            resolve(2);
            throw new Error('too late');
          },
        }),
        () => ({
          then: (_resolve: unknown, reject: (error: unknown) => void) => {
            reject(undefined);
          },
        }),
        () => ({
          [Symbol.iterator]: () => {
            throw new Error('no');
          },
        }),
        () => ({
          [Symbol.iterator]: () => ({
            next: () => ({
              get done(): boolean {
                throw new Error('no');
              },
            }),
          }),
        }),
        () => ({
          subscribe: () => {
            throw new Error('no');
          },
        }),
      ];
      for (const [index, answer] of answers.entries()) {
        const good = new MemorySink();
        const odd = { name: 'odd', process: () => answer() as undefined };
        const collector = new EventCollector({ sinks: [odd, good], lane: { retry: { maxAttempts: 1 } } });
        collector.track('own_type', 1);
        await collector.flush({ timeoutMs: 1_000 });
        collector.track('own_type', 2);
        await collector.shutdown({ timeoutMs: 1_000 });
        const { sinks } = expectBalanced(collector);
        expect(sinks.odd, `answer ${String(index)}`).to.include({ offered: 2, pending: 0, attempts: 2 });
        expect(good.events.map(({ data }) => data)).to.deep.equal([1, 2]);
      }
    });
  });
});

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) deepFrozen(inner);
  return Object.freeze(value);
}
