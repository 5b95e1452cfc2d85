import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import * as t from 'io-ts';
import { from, of, toArray } from 'rxjs';
import { isDecodeError } from '../../lib/codecs/decode.js';
import { decodeEvents } from '../../lib/codecs/decode-events.js';
import { eventCodec } from '../../lib/codecs/event-codec.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { anEvent } from '../support/an-event.js';
import { dataFile } from '../support/data.js';
import { Rejections } from '../support/rejections.js';

/** The events that pass, and the errors of the others. */
function decoded(values: Iterable<unknown>): { readonly events: readonly AnalyticsEvent[]; readonly rejections: Rejections<unknown> } {
  const rejections = new Rejections<unknown>();
  const events: AnalyticsEvent[] = [];
  from(values)
    .pipe(decodeEvents(eventCodec(), { onReject: rejections.onReject }))
    .subscribe((event) => events.push(event));
  return { events, rejections };
}

describeOperatorContract<unknown, AnalyticsEvent>('decodeEvents', {
  create: () => decodeEvents(),
  values: ['no event', anEvent({ id: 'a' }), anEvent({ id: 'b' }), anEvent({ id: 'c' })],
  throwing: { onReject: (trip) => decodeEvents(eventCodec(), { onReject: trip }) },
});

describe('decodeEvents', () => {
  it('passes events, and drops other values', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: anEvent(), x: { ...anEvent(), id: 3 }, y: null };
      const source = cold(' -a-x-y-a-|', values);
      const subs = '        ^--------!';
      const expected = '    -a-----a-|';
      expectObservable(source.pipe(decodeEvents())).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('reports a dropped value with an error that has path and expected type', () => {
    const bad = anEvent({ timestamp: 'noon' as never });
    const { rejections } = decoded([bad]);
    expect(rejections.events).to.deep.equal([bad]);
    expect(rejections.reasons).to.deep.equal(['invalid']);
    expect(rejections.errors.every(isDecodeError)).to.equal(true);
    expect(rejections.errors)
      .to.have.nested.property('[0].faults')
      .that.deep.equals([{ path: 'timestamp', expected: 'time in milliseconds or ISO 8601, from 1970 on', got: 'a string' }]);
  });

  it('decodes with the given codec', () => {
    const codec = eventCodec(t.type({ total: t.number }), 'checkout');
    const seen: number[] = [];
    of(anEvent({ type: 'checkout', data: { total: 3 } }), anEvent({ type: 'checkout' }), anEvent({ data: { total: 4 } }))
      .pipe(decodeEvents(codec))
      .subscribe(({ data }) => seen.push(data.total));
    expect(seen).to.deep.equal([3]);
  });

  it('uses its default codec with options, too', () => {
    const rejections = new Rejections<unknown>();
    of(1).pipe(decodeEvents(undefined, { onReject: rejections.onReject })).subscribe(); // prettier-ignore
    expect(rejections.events).to.deep.equal([1]);
  });

  it('accepts options alone', () => {
    const rejections = new Rejections<unknown>();
    const seen: string[] = [];
    of(1, anEvent({ id: 'a' })).pipe(decodeEvents({ onReject: rejections.onReject })).subscribe(({ id }) => seen.push(id)); // prettier-ignore
    expect([rejections.events, seen]).to.deep.equal([[1], ['a']]);
    of(1, anEvent({ id: 'b' })).pipe(decodeEvents({})).subscribe(({ id }) => seen.push(id)); // prettier-ignore
    expect(seen).to.deep.equal(['a', 'b']);
  });

  it('continues after a codec throws', () => {
    const rejections = new Rejections<unknown>();
    const codec = new t.Type<AnalyticsEvent>('Broken', t.never.is, () => { throw new Error('s3cret'); }, t.identity); // prettier-ignore
    of(1, 2).pipe(decodeEvents(codec, { onReject: rejections.onReject }), toArray()).subscribe((events) => expect(events).to.deep.equal([])); // prettier-ignore
    expect(rejections.errors.map(String)).to.deep.equal(
      Array<string>(2).fill("DecodeError: Expected the value to be Broken, got something that can't be read"),
    );
  });

  it('passes only events, and reports all other values', () => {
    fc.assert(
      fc.property(fc.array(fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true })), (values) => {
        const { events, rejections } = decoded([...values, anEvent()]);
        expect(events).to.deep.equal([anEvent()]);
        expect(rejections.events).to.have.length(values.length);
      }),
    );
  });

  it('reports naughty strings without repeating them', function () {
    const strings = (JSON.parse(readFileSync(dataFile(this, 'blns.json'), 'utf8')) as string[]).filter((text) => text.length > 12);
    expect(strings).to.not.be.empty;
    for (const text of strings) {
      const { rejections } = decoded([anEvent({ timestamp: text as never, metadata: { os: { [text]: text } as never } })]);
      expect(String(rejections.errors[0])).to.equal(
        'DecodeError: Expected `timestamp` to be time in milliseconds or ISO 8601, from 1970 on, got a string\nExpected `metadata.os` to be string, got an object',
      );
    }
  });

  it('throws for an invalid codec and an invalid onReject', () => {
    expect(() => decodeEvents({ codec: eventCodec() } as never)).to.throw(TypeError, 'Expected `codec` to be a codec, got an object');
    expect(() => decodeEvents({} as never, {})).to.throw(TypeError, 'Expected `codec` to be a codec, got an object');
    expect(() => decodeEvents(null as never)).to.throw(TypeError, 'Expected `codec` to be a codec, got `null`');
    expect(() => decodeEvents({ onReject: 3 as never })).to.throw(TypeError, 'Expected `onReject` to be a function, got `3` (number)');
    expect(() => decodeEvents(eventCodec(), { onReject: 3 as never })).to.throw(
      TypeError,
      'Expected `onReject` to be a function, got `3` (number)',
    );
    expect(() => decodeEvents(eventCodec(), { onDrop: () => undefined } as object)).to.throw(TypeError, 'Unknown option `onDrop`');
  });
});
