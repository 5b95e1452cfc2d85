import { expect } from 'chai';
import { of, Subject } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { redact } from '../../lib/operators/redact.js';
import { defaultRedaction } from '../../lib/redaction/default-redaction.js';
import type { RedactionRule } from '../../lib/redaction/rule.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { anEvent } from '../support/an-event.js';
import { Rejections } from '../support/rejections.js';

const rule = (apply: (value: string, path: string) => string, name = 'rule'): RedactionRule => ({ name, redact: apply });
const noDigits = rule((value) => value.replace(/\d/g, '#'));

/** The outcome of one event. */
function redacted(event: AnalyticsEvent, ...rules: RedactionRule[]): AnalyticsEvent | undefined {
  let result: AnalyticsEvent | undefined;
  of(event)
    .pipe(redact(rules))
    .subscribe((one) => (result = one));
  return result;
}

describeOperatorContract('redact', {
  create: () => redact([noDigits]),
  throwing: {
    'a rule': (trip) => redact([rule((value) => (trip(), value))]),
    onReject: (trip) => redact([rule(() => { throw new Error('always'); })], { onReject: trip }), // prettier-ignore
  },
});

describe('redact', () => {
  it('passes a redacted copy of every event', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const a = anEvent({ data: { note: 'none' } });
      const b = anEvent({ data: { note: 'call 555' } });
      const B = anEvent({ data: { note: 'call ###' } });
      const source = cold(' -a--b-|', { a, b });
      const subs = '        ^-----!';
      const expected = '    -a--B-|';
      expectObservable(source.pipe(redact([noDigits]))).toBe(expected, { a, B });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('passes a snapshot: later changes to the data do not arrive', () => {
    const form = { note: 'none', user: { email: 'none' }, tags: ['none'] };
    const metadata = { owner: { name: 'none' } };
    const result = redacted(anEvent({ data: form, metadata }), noDigits);
    form.user.email = 'ada@example.org';
    form.tags.push('later');
    metadata.owner.name = 'ada@example.org';
    expect(result?.data).to.deep.equal({ note: 'none', user: { email: 'none' }, tags: ['none'] });
    expect(result?.metadata).to.deep.equal({ owner: { name: 'none' } });
  });

  it('passes a snapshot without rules, too', () => {
    const form = { email: 'none' };
    const result = redacted(anEvent({ data: form }));
    form.email = 'ada@example.org';
    expect(result?.data).to.deep.equal({ email: 'none' });
  });

  it('calls only rules with `numbers` for numbers', () => {
    const paths: string[] = [];
    const forNumbers: RedactionRule = {
      name: 'numbers',
      numbers: true,
      redact: (value, path) => (paths.push(path), value === '42' ? '[redacted:numbers]' : value),
    };
    const result = redacted(anEvent({ data: { a: 42, b: 7, c: 42n } }), noDigits, forNumbers);
    expect(result?.data).to.deep.equal({ a: '[redacted:numbers]', b: 7, c: '[redacted:numbers]' });
    expect(paths).to.include.members(['data.a', 'data.b', 'data.c']);
  });

  it('finds bytes under the name of a secret, and leaves others as they are', () => {
    const key = new Uint8Array([1, 2, 3]);
    const passed: unknown[] = [];
    of(anEvent({ data: { secretKey: key, icon: key, headers: [['authorization', key.buffer]] } }))
      .pipe(redact(defaultRedaction()))
      .subscribe(({ data }) => passed.push(data));
    expect(passed).to.deep.equal([
      { secretKey: '[redacted:secret]', icon: new Uint8Array([1, 2, 3]), headers: [['authorization', '[redacted:secret]']] },
    ]);
  });

  it('calls a rule for the value of a pair with the pair’s name in the path', () => {
    const byName: RedactionRule = {
      name: 'account',
      matchesName: (name) => name === 'account',
      redact: (value, path) => (path.endsWith('.account') ? '[redacted:account]' : value),
    };
    const fields = [{ name: 'account', value: 'x' }, ['account', 'y'], { name: 'other', value: 'z' }];
    expect(redacted(anEvent({ data: fields }), byName)?.data).to.deep.equal([
      { name: 'account', value: '[redacted:account]' },
      ['account', '[redacted:account]'],
      { name: 'other', value: 'z' },
    ]);
  });

  it('redacts a DOMException without losing the event', () => {
    const error = new DOMException('call 555', 'AbortError');
    const result = redacted(anEvent({ data: { error } }), noDigits)?.data as { error: Error };
    expect([result.error.name, result.error.message]).to.deep.equal(['AbortError', 'call ###']);
  });

  it('redacts data and metadata, and nothing else', () => {
    const event = anEvent({ id: 'id-1', type: 'type_1', sessionId: 'session-1', data: { n: '1', k1: 1 }, metadata: { appVersion: '1.0' } });
    expect(redacted(event, noDigits)).to.deep.equal({ ...event, data: { n: '#', 'k#': 1 }, metadata: { appVersion: '#.#' } });
  });

  it('redacts data that is itself a string', () => {
    expect(redacted(anEvent({ data: 'agent 7' }), noDigits)?.data).to.equal('agent #');
  });

  it('never changes its input', () => {
    const event = Object.freeze(anEvent({ data: Object.freeze({ list: Object.freeze(['1']) }) }));
    expect(redacted(event, noDigits)?.data).to.deep.equal({ list: ['#'] });
    expect(event.data).to.deep.equal({ list: ['1'] });
  });

  it('applies its rules in order, each to the result of the previous one', () => {
    const result = redacted(anEvent({ data: 'a' }), rule((value) => `${value}b`), rule((value) => `${value}c`)); // prettier-ignore
    expect(result?.data).to.equal('abc');
  });

  it('calls a rule with the path of the string', () => {
    const paths: string[] = [];
    const spy = rule((value, path) => (paths.push(path), value));
    redacted(anEvent({ data: { user: { email: 'x' } }, metadata: { tags: ['y'] } }), spy);
    expect(paths).to.deep.equal(['data.*', 'data.user.*', 'data.user.email', 'metadata.*', 'metadata.tags.0']);
  });

  it('keeps its rules when the given array changes', () => {
    const rules = [noDigits];
    const operator = redact(rules);
    rules.pop();
    let data: unknown;
    of(anEvent({ data: '1' }))
      .pipe(operator)
      .subscribe((event) => (data = event.data));
    expect(data).to.equal('#');
  });

  for (const [what, data, bad] of [
    ['a rule throws', 'x', rule(() => { throw new Error('no'); })], // prettier-ignore
    ['a rule returns no string', 'x', rule(() => undefined as unknown as string)],
    ['a getter throws', { get x(): string { throw new Error('no'); } }, noDigits], // prettier-ignore
    ['an array has a length beyond all bounds', (() => { const sparse: unknown[] = []; sparse[113_000_000] = 'x'; return { sparse }; })(), noDigits], // prettier-ignore
  ] as const) {
    it(`rejects the event and continues if ${what}`, () => {
      const rejections = new Rejections<AnalyticsEvent>();
      const event = anEvent({ data });
      const after = anEvent({ data: 1 });
      const seen: AnalyticsEvent[] = [];
      of(event, after)
        .pipe(redact([bad], { onReject: rejections.onReject }))
        .subscribe((one) => seen.push(one));
      expect(rejections.events).to.deep.equal([event]);
      expect(rejections.reasons).to.deep.equal(['redactor_error']);
      expect(rejections.errors[0]).to.be.instanceOf(Error);
      expect(seen).to.deep.equal([after]);
    });
  }

  it('does not show redacted values in its own errors', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    of(anEvent({ data: 'secret' }))
      .pipe(redact([rule((value) => ({ value }) as unknown as string, 'faulty')], { onReject: rejections.onReject }))
      .subscribe();
    expect(String(rejections.errors[0])).to.contain('`faulty`').and.not.contain('secret');
  });

  it('finishes an event even if a rule sends another one into the stream', () => {
    const source = new Subject<AnalyticsEvent>();
    const seen: unknown[] = [];
    let sent = false;
    const reentrant = rule((value) => {
      if (!sent) {
        sent = true;
        source.next(anEvent({ data: ['inner 1', 'inner 2'] }));
      }
      return value.replace(/\d/, '#');
    });
    source.pipe(redact([reentrant])).subscribe(({ data }) => seen.push(data));
    source.next(anEvent({ data: ['outer 1', 'outer 2'] }));
    expect(seen).to.deep.equal([
      ['inner #', 'inner #'],
      ['outer #', 'outer #'],
    ]);
  });

  it('refuses invalid and unknown options', () => {
    expect(() => redact([], { onreject: () => undefined } as never)).to.throw(
      TypeError,
      'Unknown option `onreject`. Did you mean `onReject`?',
    );
    expect(() => redact([], { onReject: 1 as never })).to.throw(TypeError, 'Expected `onReject` to be a function');
  });

  it('refuses invalid rules', () => {
    expect(() => redact([{ name: 'x' } as RedactionRule])).to.throw(
      TypeError,
      'Expected `rules[0].redact` to be a function, got `undefined`',
    );
    expect(() => redact('x' as unknown as RedactionRule[])).to.throw(TypeError, 'Expected `rules` to be an array');
    expect(() => redact([undefined as unknown as RedactionRule])).to.throw(TypeError, 'Expected `rules[0].redact` to be a function');
  });
});
