import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { captureEvent } from '../../lib/event/create-event.js';
import { eventJson, eventsJson } from '../../lib/event/event-json.js';
import { toJson } from '../../lib/internal/json-value.js';
import { anEvent } from '../support/an-event.js';
import { dataFile, type DataFile } from '../support/data.js';
import { HOSTILE_DATA, throwing } from '../support/hostile.js';

/** Compared in twos and all together: an encoder that remembers texts could confuse neighbours. */
function expectSame(events: readonly unknown[]): void {
  const expected = events.map(toJson);
  expect(events.map(eventJson)).to.deep.equal(expected);
  expect(eventsJson(events)).to.equal(`[${expected.join()}]`);
  expect(eventsJson([...events, ...events].reverse())).to.equal(`[${[...expected, ...expected].reverse().join()}]`);
}

const aText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.constantFrom('\ud800', '\udc00', '"', '\\', '\n', '\u2028', 'a', '😀', '\\ud8')).map((parts) => parts.join('')),
);
const aShared = Object.freeze({ os: 'linux', ready: true, offset: -0 });
const anOdd = fc.constantFrom<unknown>(
  1n,
  NaN,
  -0,
  1e21,
  5e-324,
  new Date(0),
  new Date(NaN),
  new Map([['a', 1]]),
  new Error('odd'),
  undefined,
  null,
  () => 1,
  Symbol('s'),
);
const aValue = fc.oneof(
  { arbitrary: fc.object({ key: aText, values: [aText, fc.double(), fc.boolean(), anOdd], maxDepth: 2, maxKeys: 6 }), weight: 3 },
  { arbitrary: fc.array(fc.oneof(aText, fc.double(), anOdd), { maxLength: 30 }), weight: 1 },
  { arbitrary: fc.oneof(aText, anOdd), weight: 2 },
);
const aField = fc.oneof({ arbitrary: fc.constantFrom<unknown>('click', 'usage', 'high', 1), weight: 9 }, { arbitrary: aValue, weight: 1 });

/** Of the shape that a collector creates, with some field that may be anything. */
const aCapturedEvent = fc.record(
  {
    id: aText,
    type: aField,
    category: aField,
    priority: aField,
    timestamp: fc.oneof(fc.double(), fc.constantFrom<unknown>(0, 1_700_000_000_000, '1', 1n)),
    sessionId: fc.oneof(aField, fc.constant(undefined)),
    data: aValue,
    metadata: fc.oneof({ arbitrary: fc.constant<unknown>(aShared), weight: 2 }, aValue),
    weight: fc.oneof(fc.constantFrom<unknown>(1, '1', Infinity), fc.double()),
  },
  { noNullPrototype: true },
);

/** Other fields, a different order, other prototypes. */
const aMisshapenEvent = fc.tuple(aCapturedEvent, fc.nat(4), aValue).map(([event, kind, extra]): unknown => {
  switch (kind) {
    case 0:
      return { ...event, extra };
    case 1:
      return Object.fromEntries(Object.entries(event).reverse());
    case 2:
      return Object.assign(Object.create({ inherited: 1 }) as object, event);
    case 3:
      return Object.defineProperty(event, 'toJSON', { value: () => ({ own: 1 }) });
    default:
      return Object.fromEntries(Object.entries(event).slice(0, 7));
  }
});

describe('eventsJson and eventJson', () => {
  it('write the same as the reference for any event', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ arbitrary: aCapturedEvent, weight: 4 }, aMisshapenEvent), { maxLength: 8 }), (events) => {
        expectSame(events);
      }),
      { numRuns: 500 },
    );
  });

  it('write only one of two keys that differ in lone surrogates', () => {
    const event = anEvent({ data: { '\ud800': 1, '\udc00': 2, a: 3 } });
    expectSame([event]);
    expect(eventJson(event)).to.include('"data":{"\ufffd":2,"a":3}');
  });

  it('write the same as JSON.stringify for plain events', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.jsonValue()), { maxLength: 8 }), (inputs) => {
        const events = inputs.map(([type, data]) => anEvent({ type, data }));
        expect(eventsJson(events)).to.equal(JSON.stringify(events));
      }),
      { numRuns: 300 },
    );
  });

  for (const file of ['github-events.ndjson.gz', 'ubi-clickstream.ndjson.gz'] as const satisfies readonly DataFile[]) {
    it(`write the same as JSON.stringify for recorded events: ${file}`, async function () {
      const lines = gunzipSync(await readFile(dataFile(this, file))).toString().trim().split('\n').slice(0, 800); // prettier-ignore
      const events = lines.map((line, n) => anEvent({ id: String(n), data: JSON.parse(line) as unknown }));
      expect(eventsJson(events)).to.equal(JSON.stringify(events));
      expect(events.map(eventJson)).to.deep.equal(events.map((event) => JSON.stringify(event)));
    });
  }

  it('write the same as the reference for unusual strings in every field', async function () {
    const naughty = JSON.parse(await readFile(dataFile(this, 'blns.json'), 'utf8')) as string[];
    const patches = naughty.flatMap((text) => [
      { id: text, type: text, sessionId: text, data: { [text]: text }, metadata: { [text]: text } },
      { category: text as never, priority: text as never, data: [text] },
    ]);
    expectSame(patches.map((patch) => anEvent(patch)));
  });

  for (const { name, make, isSlow } of HOSTILE_DATA) {
    it(`write or refuse, as the reference does, data with ${name}`, () => {
      const fateOf = (encode: () => unknown): unknown => {
        try {
          return encode();
        } catch (error) {
          return error instanceof Error ? error.message : error;
        }
      };
      const event = anEvent({ data: make() });
      const expected = fateOf(() => toJson(event));
      expect(fateOf(() => eventJson(event))).to.deep.equal(expected);
      if (isSlow !== true) expect(fateOf(() => eventsJson([event]).slice(1, -1))).to.deep.equal(expected);
    });
  }

  it('distinguish consecutive events that share a type, a session or metadata', () => {
    const metadata = Object.freeze({ os: 'linux', nested: { n: 1 } });
    const flat: Record<string, unknown> = { os: 'linux' };
    const events = [
      anEvent({ metadata }),
      anEvent({ metadata }),
      anEvent({ metadata }),
      anEvent({ metadata: flat }),
      anEvent({ metadata: flat }),
    ];
    expectSame(events);
    metadata.nested.n = 2;
    flat['os'] = 'other';
    expectSame(events);
    expectSame([anEvent({ metadata: aShared }), anEvent({ metadata: aShared, weight: 2 }), anEvent({ metadata: aShared })]);
    expectSame([anEvent(), anEvent({ category: 'error' }), anEvent({ priority: 'high' }), anEvent({ sessionId: undefined }), anEvent()]);
  });

  it('write getters of shared metadata each time', () => {
    let n = 0;
    const metadata = Object.freeze({
      get n() {
        return (n += 1);
      },
    });
    const events = Array.from({ length: 4 }, () => anEvent({ metadata }));
    const numbers = (JSON.parse(eventsJson(events)) as { metadata: { n: number } }[]).map((event) => event.metadata.n);
    expect(new Set(numbers).size).to.equal(4);
  });

  it('know the fields of a captured event', () => {
    const env = { now: () => 0, newId: () => 'id', sessionId: 's', metadata: {} };
    const event = captureEvent({ type: 'click', data: { n: 1 } }, env);
    expect(Object.keys(event)).to.deep.equal(Object.keys(anEvent()));
    expectSame([event]);
  });

  it('throw for an event without a JSON form, and for one whose reading throws', () => {
    for (const event of [undefined, () => 1, { toJSON: () => undefined }])
      expect(() => eventsJson([anEvent(), event])).to.throw(TypeError, 'Expected a value that has a JSON form');
    expect(() => eventsJson([anEvent(), anEvent({ data: throwing(new Error('not yours')) })])).to.throw('not yours');
  });
});
