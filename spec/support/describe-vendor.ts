import { expect } from 'chai';
import fc from 'fast-check';
import { httpSink, type HttpSinkOptions } from '../../lib/http/http-sink.js';
import type { UserOf } from '../../lib/vendors/user-ids.js';
import type { Received } from './loopback-server.js';
import { throwing } from './hostile.js';
import { idOf, sendTo, vendorEvent, type StubAnswer } from './vendor-stub.js';

export interface VendorTrial {
  readonly preset: (url: string, user?: UserOf) => HttpSinkOptions;
  /** The answer of the vendor to accepted events. */
  readonly ok: StubAnswer | ((received: Received) => StubAnswer);
  /** Answers, and the kind and code of the failure of all events; without one they are delivered. */
  readonly fates: Readonly<
    Record<string, { readonly answers: readonly (StubAnswer | ((received: Received) => StubAnswer))[]; readonly failed?: string }>
  >;
  /** Statuses after which the lane looks for the faulty event. */
  readonly halves: readonly number[];
  /** The ids of the events in a request. */
  readonly idsIn: (received: Received) => readonly string[];
  /** Bytes of an event above which it isn't sent. */
  readonly eventBytes?: number;
  /** The preset, and options that it refuses. */
  readonly create: (options: object) => unknown;
  readonly invalid: Readonly<Record<string, unknown>>;
}

/** Declares the tests that every preset passes. */
export function describeVendor({ preset, ok, fates, halves, idsIn, eventBytes, create, invalid }: VendorTrial): void {
  const three = [vendorEvent('a'), vendorEvent('b'), vendorEvent('c')];
  const ids = three.map(({ id }) => id);

  it('sends a batch as one request', async () => {
    const { delivered, failed, requests } = await sendTo(preset, three, [ok]);
    expect([delivered, failed]).to.deep.equal([ids, {}]);
    expect(requests.map(idsIn)).to.deep.equal([ids]);
  });

  for (const [name, { answers, failed }] of Object.entries(fates))
    it(`${failed === undefined ? 'delivers' : 'fails'} after ${name}`, async () => {
      const sent = await sendTo(preset, three, answers);
      expect(sent.failed).to.deep.equal(failed === undefined ? {} : Object.fromEntries(ids.map((id) => [id, failed])));
      expect(sent.delivered).to.have.members(failed === undefined ? ids : []);
    });

  for (const status of halves)
    it(`finds the faulty event after ${String(status)}`, async () => {
      const answer = (received: Received): StubAnswer =>
        idsIn(received).includes(idOf('b')) ? { status } : typeof ok === 'function' ? ok(received) : ok;
      const { delivered, failed } = await sendTo(preset, three, [answer]);
      expect(delivered).to.have.members([idOf('a'), idOf('c')]);
      expect(Object.keys(failed)).to.deep.equal([idOf('b')]);
    });

  if (eventBytes !== undefined)
    it(`fails only an event above ${String(eventBytes)} bytes`, async () => {
      const long = vendorEvent('b', { data: { text: 'ü'.repeat(eventBytes / 2) } });
      const { delivered, failed, requests } = await sendTo(preset, [vendorEvent('a'), long, vendorEvent('c')], [ok]);
      expect(delivered).to.have.members([idOf('a'), idOf('c')]);
      expect(failed).to.deep.equal({ [idOf('b')]: 'too_large EVENT_TOO_LARGE' });
      expect(requests.flatMap(idsIn)).to.have.members([idOf('a'), idOf('c')]);
    });

  it("fails only the events that can't be encoded", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 4 }), async (data) => {
        const events = data.map((each, index) => vendorEvent('bcde'[index] ?? 'f', { data: each }));
        const { delivered, failed, requests } = await sendTo(preset, [vendorEvent('a'), ...events], [ok]);
        const unreadable = events.filter((event) => event.data === UNREADABLE).map(({ id }) => id);
        expect(Object.keys(failed)).to.have.members(unreadable);
        expect(delivered).to.have.members([vendorEvent('a'), ...events].map(({ id }) => id).filter((id) => !unreadable.includes(id)));
        expect(requests.flatMap(idsIn)).to.have.members(delivered);
      }),
      { numRuns: 15 },
    );
  });

  it('fails only the event without a user', async () => {
    const user: UserOf = ({ id }) => {
      if (id === idOf('b')) throw new Error('no user');
      return { userId: 'user-1' };
    };
    const { delivered, failed } = await sendTo((url) => preset(url, user), three, [ok]);
    expect([delivered, failed]).to.deep.equal([[idOf('a'), idOf('c')], { [idOf('b')]: 'rejected NOT_ENCODABLE' }]);
  });

  for (const [option, value] of Object.entries(invalid))
    it(`throws for an invalid \`${option}\``, () => {
      const call = (options: object) => () => create(options);
      expect(call({ [option]: value })).to.throw(TypeError, `Expected \`${option}\` to be `);
      expect(call({ [`${option}s`]: value })).to.throw(TypeError, `Unknown option \`${option}s\``);
    });

  it('is accepted by httpSink, whose options take precedence', () => {
    expect(httpSink({ ...preset('http://localhost:1'), name: 'mine' }).name).to.equal('mine');
  });
}

const UNREADABLE = throwing(new Error('not yours'));
const circular: Record<string, unknown> = {};
circular.self = circular;

/** Payloads of every kind. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    UNREADABLE,
    circular,
    null,
    undefined,
    10n,
    new Error('boom'),
    new Map([['key', 1]]),
    '\ud800',
    [1, [2]],
    { __proto__: null, toJSON: 1 },
    JSON.parse('{"__proto__":{"x":1},"constructor":2,"type":"other","id":"other"}'),
    { text: '\n{"stm":"","x":1}\u2028\0' },
  ),
  fc.string({ unit: 'binary' }).map((text) => ({ text, [text]: 1 })),
  fc.anything(),
);
