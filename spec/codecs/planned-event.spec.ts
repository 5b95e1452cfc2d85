import { expect } from 'chai';
import * as t from 'io-ts';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { readyEvent, type PlannedEvent } from '../../lib/codecs/planned-event.js';
import { anEvent } from '../support/an-event.js';
import { leftOf, rightOf } from './sides.js';

/** Decodes a text to its length, and encodes a length to a text. */
const lengthOfText = new t.Type<number, string, unknown>(
  'LengthOfText',
  (value): value is number => typeof value === 'number',
  (value, context) => (typeof value === 'string' ? t.success(value.length) : t.failure(value, context)),
  (length) => 'x'.repeat(length),
);

describe('readyEvent', () => {
  it('divides a planned event into defaults and an override, without what is left out', () => {
    const sampling = { rate: 0.5, minPerWindow: 0, windowMs: 1_000 };
    const planned: PlannedEvent = { data: t.string, category: 'business', priority: 'high', enabled: false, sampling, minPriority: 'low' };
    const { defaults, override } = readyEvent('paid', planned);
    expect(defaults).to.deep.equal({ category: 'business', priority: 'high' });
    expect(override).to.deep.equal({ enabled: false, sampling, minPriority: 'low' });
    const empty = readyEvent('paid', {});
    expect([empty.defaults, empty.override]).to.deep.equal([{}, {}]);
  });

  it('leaves the values of an override to the configuration', () => {
    const wrong = { enabled: 'yes', sampling: 7, minPriority: 'urgent' };
    expect(readyEvent('paid', wrong as never).override).to.deep.equal(wrong);
  });

  it('checks the whole event by `event`, and only its payload by `carrier`', () => {
    const { event, carrier } = readyEvent('paid', { data: t.number });
    expect(event.is(anEvent({ type: 'paid', data: 12 }))).to.equal(true);
    expect(event.is(anEvent({ type: 'other', data: 12 }))).to.equal(false);
    expect(event.is({ type: 'paid', data: 12 })).to.equal(false);
    expect(carrier.is({ data: 12 })).to.equal(true);
    expect(formatErrors(leftOf(carrier.decode({ data: '12' })))).to.deep.equal(['Expected `data` to be number, got a string']);
  });

  it('requires no payload where none is planned', () => {
    const { carrier } = readyEvent('left', {});
    expect([undefined, null, {}].map((data) => carrier.is({ data }))).to.deep.equal([true, false, false]);
  });

  it('decodes a payload to its encoded form', () => {
    const { carrier, event } = readyEvent('paid', { data: t.type({ text: lengthOfText }) });
    expect(rightOf(carrier.decode({ data: { text: 'abc' } }))).to.deep.equal({ data: { text: 'xxx' } });
    expect(rightOf(event.decode(anEvent({ type: 'paid', data: { text: 'abc' } }))).data).to.deep.equal({ text: 'xxx' });
    expect([{ text: 'abc' }, { text: 3 }].map((data) => carrier.is({ data }))).to.deep.equal([true, false]);
  });

  it('refuses a payload whose codec throws, also while it encodes', () => {
    const fail = (): never => {
      throw new Error('secret');
    };
    const codecs = [new t.Type('A', t.any.is, fail, t.identity), new t.Type('B', t.any.is, t.success, fail)];
    for (const data of codecs) {
      const { carrier } = readyEvent('paid', { data });
      expect(formatErrors(leftOf(carrier.decode({ data: 1 })))).to.deep.equal([
        `Expected \`data\` to be ${data.name}, got something that can't be read`,
      ]);
    }
  });

  it('throws for an invalid name, plan, codec, category, priority or key', () => {
    expect(() => readyEvent('', {})).to.throw(TypeError, "Expected `type` to be a non-empty string, got `''` (string)");
    for (const plan of [undefined, null, 7])
      expect(() => readyEvent('paid', plan as never)).to.throw(TypeError, `Expected \`paid\` to be an object, got \`${String(plan)}\``);
    expect(() => readyEvent('paid', { data: 'number' as never })).to.throw(TypeError, 'Expected `paid.data` to be a codec');
    expect(() => readyEvent('paid', { category: 'sport' as never })).to.throw(TypeError, 'Expected `paid.category` to be one of ');
    expect(() => readyEvent('paid', { priority: 1 as never })).to.throw(TypeError, 'Expected `paid.priority` to be one of ');
    expect(() => readyEvent('paid', { minPriorty: 'low' } as never)).to.throw(TypeError, 'Did you mean `paid.minPriority`?');
  });
});
