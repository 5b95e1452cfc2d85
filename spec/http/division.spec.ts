import { expect } from 'chai';
import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';
import { cloudEventsEncoder } from '../../lib/http/cloud-events-encoder.js';
import { Division, type DivisionLimits, type Portion } from '../../lib/http/division.js';
import type { Encoder } from '../../lib/http/encoder.js';
import { jsonEncoder } from '../../lib/http/json-encoder.js';
import { ndjsonEncoder } from '../../lib/http/ndjson-encoder.js';
import { SharedEncodings } from '../../lib/http/shared-encodings.js';
import { anEvent } from '../support/an-event.js';
import { dataFile } from '../support/data.js';
import { throwing } from '../support/hostile.js';

describe('Division', () => {
  it('returns a batch that fits unchanged, encoded once', () => {
    const batch = batchOfData([1, 2, 3]);
    let calls = 0;
    const counting: Encoder<unknown> = {
      contentType: 'text/plain',
      encode: (whole) => {
        calls += 1;
        return jsonEncoder.encode(whole);
      },
    };
    const [only, ...more] = divide(batch, counting, 10_000);
    expect(only?.batch).to.equal(batch);
    expect(more).to.deep.equal([]);
    expect(calls).to.equal(1);
  });

  it('divides a too long batch into batches with new ids, the same each time', () => {
    const batch = batchOfData(['a'.repeat(300), 'b'.repeat(300), 'c'.repeat(300), 'd'.repeat(300)]);
    const parts = divide(batch, jsonEncoder, 1_200);
    expect(parts.map(({ batch: { id, parentId, sequence } }) => [id, parentId, sequence])).to.deep.equal([
      ['batch/1', 'batch', 1],
      ['batch/2', 'batch', 1],
    ]);
    expect(divide(batch, jsonEncoder, 1_200)).to.deep.equal(parts);
    // The bodies have the same ids.
    expect(parts.map((part) => (JSON.parse(bodyOf(part)) as EventBatch).id)).to.deep.equal(['batch/1', 'batch/2']);
  });

  it('refuses only the event that is longer than a body', () => {
    const batch = batchOfData(['short', 'long'.repeat(1_000), 'short']);
    const portions = divide(batch, ndjsonEncoder, 500);
    expect(portions.map(({ batch: { events } }) => events.length)).to.deep.equal([1, 1, 1]);
    expect(portions.map(({ error }) => error && [error.kind, error.code, error.message])).to.deep.equal([
      undefined,
      ['too_large', 'BODY_TOO_LARGE', 'An event is longer than 500 bytes'],
      undefined,
    ]);
  });

  it("refuses events that can't be encoded, and sends the others under the id of the batch", () => {
    const batch = batchOfData([1, throwing(new Error('no 1')), 2, throwing(new Error('no 2'))]);
    const [refused, sent, ...more] = divide(batch, jsonEncoder, 10_000);
    expect([refused?.error?.kind, refused?.error?.code]).to.deep.equal(['rejected', 'NOT_ENCODABLE']);
    expect(refused?.batch.events).to.deep.equal([batch.events[1], batch.events[3]]);
    expect([sent?.batch.id, sent?.batch.events]).to.deep.equal(['batch', [batch.events[0], batch.events[2]]]);
    expect(more).to.deep.equal([]);
  });

  it('halves a batch that can only be encoded in pieces', () => {
    const few: Encoder<unknown> = {
      contentType: 'text/plain',
      encode: ({ events }) => {
        if (events.length > 2) throw new RangeError('Invalid string length');
        return JSON.stringify(events);
      },
    };
    const parts = divide(batchOfData([1, 2, 3, 4, 5]), few, 10_000);
    expect(parts.map(({ batch: { id, events } }) => [id, events.length])).to.deep.equal([
      ['batch/1', 2],
      ['batch/2', 1],
      ['batch/3', 2],
    ]);
  });

  it('lists the portions that were not sent', () => {
    const { events, ...rest } = batchOfData(['a'.repeat(300), 'b'.repeat(300), 'c'.repeat(300)]);
    const division = new Division(batchOf({ ...rest, events }), SharedEncodings.of(jsonEncoder), { maxBytes: 800 });
    expect(division.rest).to.deep.equal(events);
    division.next();
    expect(division.rest).to.deep.equal(events.slice(1));
    division.next();
    division.next();
    expect([division.rest, division.next()]).to.deep.equal([[], undefined]);
  });

  it('cuts a batch with too many events into equal numbers of them', () => {
    const parts = divide(batchOfData([1, 2, 3, 4, 5, 6, 7]), jsonEncoder, Infinity, { maxEvents: 3 });
    expect(parts.map(({ batch: { id, parentId, events } }) => [id, parentId, events.length])).to.deep.equal([
      ['batch/1', 'batch', 3],
      ['batch/2', 'batch', 3],
      ['batch/3', 'batch', 1],
    ]);
  });

  it('puts events of different keys into different bodies, each in order and within the limits', () => {
    const batch = batchOfData(['a1', 'b1', 'a2', 'c1', 'b2', 'a3']);
    const keyOf = ({ data }: AnalyticsEvent): unknown => String(data)[0];
    const dataOf = (limits: Partial<DivisionLimits<AnalyticsEvent>>): unknown[] =>
      divide(batch, jsonEncoder, Infinity, { keyOf, ...limits }).map(({ batch: { id, events } }) => [
        id,
        ...events.map(({ data }) => data),
      ]);
    expect(dataOf({})).to.deep.equal([
      ['batch/1', 'a1', 'a2', 'a3'],
      ['batch/2', 'b1', 'b2'],
      ['batch/3', 'c1'],
    ]);
    expect(dataOf({ maxEvents: 2 })).to.deep.equal([
      ['batch/1', 'a1', 'a2'],
      ['batch/2', 'a3'],
      ['batch/3', 'b1', 'b2'],
      ['batch/4', 'c1'],
    ]);
  });

  it('leaves a batch of one key as it is', () => {
    const batch = batchOfData([1, 2, 3]);
    expect(divide(batch, jsonEncoder, Infinity, { keyOf: () => NaN }).map(({ batch: only }) => only)).to.deep.equal([batch]);
  });

  it("makes a separate body for each event whose key can't be read", () => {
    const keyOf = ({ data }: AnalyticsEvent): unknown => {
      if (data === 'bad') throw new Error('no key');
      return 'key';
    };
    const parts = divide(batchOfData(['bad', 1, 'bad', 2]), jsonEncoder, Infinity, { keyOf });
    expect(parts.map(({ batch: { events } }) => events.map(({ data }) => data))).to.deep.equal([['bad'], [1, 2], ['bad']]);
  });

  it("keeps the kind of an encoder's own error, apart from other offenders", () => {
    const strict: Encoder = {
      contentType: 'text/plain',
      encode: ({ events }) => {
        for (const { data } of events) {
          if (data === 'long') throw new SinkError('too_large', 'An event is too long', { code: 'EVENT_TOO_LARGE' });
          if (data === 'bad') throw new TypeError('no');
        }
        return '';
      },
    };
    const portions = divide(batchOfData(['long', 1, 'bad', 'long', 2]), strict, Infinity);
    expect(portions.map(({ batch: { events }, error }) => [error?.kind, error?.code, ...events.map(({ data }) => data)])).to.deep.equal([
      ['too_large', 'EVENT_TOO_LARGE', 'long', 'long'],
      ['rejected', 'NOT_ENCODABLE', 'bad'],
      [undefined, undefined, 1, 2],
    ]);
  });

  it('puts each event into one portion, by key, with ids that differ', () => {
    const shape = fc.record({ data: fc.array(someData, { minLength: 1, maxLength: 30 }), keys: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(shape, fc.integer({ min: 100, max: 4_000 }), fc.integer({ min: 1, max: 8 }), ({ data, keys }, maxBytes, maxEvents) => {
        const batch = batchOfData(data);
        const keyOf = ({ id }: AnalyticsEvent): number => Number(id) % keys;
        const portions = divide(batch, jsonEncoder, maxBytes, { maxEvents, keyOf });
        expect(portions.flatMap(({ batch: { events } }) => events)).to.have.members(batch.events);
        const bodies = portions.filter(({ error }) => error === undefined).map((portion) => portion.batch);
        for (const { events } of bodies) {
          expect(new Set(events.map(keyOf)).size).to.equal(1);
          expect(events.length).to.be.at.most(maxEvents);
          expect(events).to.deep.equal(batch.events.filter((event) => events.includes(event)));
        }
        expect(new Set(bodies.map(({ id }) => id)).size).to.equal(bodies.length);
      }),
      { numRuns: 60 },
    );
  });

  const encoders: Readonly<Record<string, Encoder>> = {
    JSON: jsonEncoder,
    NDJSON: ndjsonEncoder,
    CloudEvents: cloudEventsEncoder(),
    'bytes of its own': {
      contentType: 'application/octet-stream',
      encode: ({ events }) => new TextEncoder().encode(events.map(({ id, data }) => `${id}${JSON.stringify(data)}`).join()),
    },
  };
  for (const [name, encoder] of Object.entries(encoders)) {
    it(`puts each event into one portion, in order, and no body above the limit: ${name}`, () => {
      fc.assert(
        fc.property(fc.array(someData, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 4_000 }), (data, maxBytes) => {
          expectDivided(batchOfData(data), encoder, maxBytes);
        }),
        { numRuns: 40 },
      );
    });
  }

  it('does so with hostile strings', async function () {
    const naughty = JSON.parse(await readFile(dataFile(this, 'blns.json'), 'utf8')) as string[];
    for (const encoder of Object.values(encoders))
      for (const maxBytes of [1_000, 10_000]) expectDivided(batchOfData(naughty), encoder, maxBytes);
  });
});

/** Texts of all lengths, with characters of all lengths and lone surrogates, and some values without a JSON form. */
const UNREADABLE = throwing(new Error('not yours'));
const someData: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: fc.string({ maxLength: 300 }), weight: 5 },
  { arbitrary: fc.array(fc.constantFrom('a', 'ü', '€', '😀', '\ud800', '\udfff', '"', '\u0000'), { maxLength: 500 }), weight: 5 },
  { arbitrary: fc.constant(UNREADABLE), weight: 1 },
);

function batchOfData(data: readonly unknown[]): EventBatch {
  const events = data.map((each, index) => anEvent({ id: String(index), data: each }));
  return batchOf({ id: 'batch', sequence: 1, createdAt: 0, events, reason: 'count' });
}

function divide<E>(
  batch: EventBatch<E>,
  encoder: Encoder<E>,
  maxBytes: number,
  limits?: Partial<DivisionLimits<E>>,
): readonly Portion<E>[] {
  const division = new Division(batch, SharedEncodings.of(encoder), { maxBytes, ...limits });
  const portions: Portion<E>[] = [];
  for (let portion = division.next(); portion !== undefined; portion = division.next()) portions.push(portion);
  return portions;
}

function bodyOf<E>({ error, ...portion }: Portion<E>): string {
  if (error !== undefined || !('encoding' in portion)) throw new Error('Expected a body');
  return String((portion as { readonly encoding: { readonly body: unknown } }).encoding.body);
}

function expectDivided(batch: EventBatch, encoder: Encoder, maxBytes: number): void {
  const portions = divide(batch, encoder, maxBytes);
  const inOrder = (codes: readonly (string | undefined)[]): readonly unknown[] =>
    portions.filter(({ error }) => codes.includes(error?.code)).flatMap(({ batch: { events } }) => events);
  const unencodable = batch.events.filter(({ data }) => data === UNREADABLE);
  expect(inOrder(['NOT_ENCODABLE'])).to.have.members(unencodable);
  expect(inOrder([undefined, 'BODY_TOO_LARGE'])).to.deep.equal(batch.events.filter((event) => !unencodable.includes(event)));
  for (const portion of portions) {
    if (portion.error === undefined) {
      const bytes = Buffer.from(portion.encoding.body as string).length;
      expect(bytes).to.equal(portion.encoding.bytes).and.to.be.at.most(maxBytes);
      expect(portion.encoding.body).to.deep.equal(encoder.encode(portion.batch));
    } else if (portion.error.kind === 'too_large') {
      expect(Buffer.from(encoder.encode(portion.batch) as string).length).to.be.above(maxBytes);
      expect(portion.batch.events).to.have.length(1);
    }
  }
  const ids = portions.filter(({ error }) => error === undefined).map(({ batch: { id } }) => id);
  expect(new Set(ids).size).to.equal(ids.length);
}
