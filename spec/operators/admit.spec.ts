import { expect } from 'chai';
import { NEVER, of, Subject } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../../lib/config/options.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import type { AnalyticsEvent, EventCategory, EventPriority } from '../../lib/event/event.js';
import { admit } from '../../lib/operators/admit.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { anEvent } from '../support/an-event.js';
import { Rejections } from '../support/rejections.js';

const usage = anEvent({ type: 'feature_used', category: 'usage' });
const failure = anEvent({ type: 'panic_caught', category: 'error' });

/** The events that a configuration admits. */
function admitted(config: ConfigPatch, ...events: AnalyticsEvent[]): AnalyticsEvent[] {
  const seen: AnalyticsEvent[] = [];
  of(...events)
    .pipe(admit(resolveConfig(config)))
    .subscribe((event) => seen.push(event));
  return seen;
}

describeOperatorContract('admit', {
  create: () => admit(resolveConfig()),
  throwing: { onReject: (trip) => admit(resolveConfig({ enabled: false }), { onReject: trip }) },
});

describeOperatorContract('admit, of a live config', { create: () => admit(NEVER) });

describe('admit', () => {
  it('passes events that policy allows', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = { a: failure, b: usage };
      const source = cold(' -a-b-a-|', values);
      const subs = '        ^------!';
      const expected = '    -a---a-|';
      expectObservable(source.pipe(admit(resolveConfig({ privacyLevel: 'minimal' })))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('reports excluded events, and passes admitted ones as the same object', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    of(usage).pipe(admit(resolveConfig({ privacyLevel: 'minimal' }), { onReject: rejections.onReject })).subscribe(); // prettier-ignore
    expect(rejections.events).to.deep.equal([usage]);
    expect(rejections.reasons).to.deep.equal(['filtered']);
    expect(admitted({}, usage)[0]).to.equal(usage);
  });

  it('passes nothing while collection is disabled', () => {
    expect(admitted({ enabled: false }, usage, failure)).to.deep.equal([]);
  });

  for (const [privacyLevel, expected] of [
    ['off', []],
    ['minimal', ['error']],
    ['balanced', ['usage', 'performance', 'error', 'business', 'system', 'custom']],
    ['full', ['usage', 'performance', 'error', 'business', 'security', 'system', 'custom']],
  ] as const) {
    it(`passes these categories at privacy level ${privacyLevel}: ${expected.join(', ') || 'none'}`, () => {
      const categories: EventCategory[] = ['usage', 'performance', 'error', 'business', 'security', 'system', 'custom'];
      const events = categories.map((category) => anEvent({ category }));
      expect(admitted({ privacyLevel }, ...events).map(({ category }) => category)).to.deep.equal(expected);
    });
  }

  it('excludes a disabled category, except a type that an override enables', () => {
    const config: ConfigPatch = { categories: { usage: { enabled: false } }, overrides: { feature_used: { enabled: true } } };
    expect(admitted(config, usage, anEvent({ type: 'tool_invoked' }))).to.deep.equal([usage]);
  });

  it('excludes events below the lowest priority of their category', () => {
    const priorities: EventPriority[] = ['low', 'normal', 'high', 'critical'];
    const events = priorities.map((priority) => anEvent({ priority }));
    const passed = admitted({ categories: { usage: { minPriority: 'high' } } }, ...events);
    expect(passed.map(({ priority }) => priority)).to.deep.equal(['high', 'critical']);
  });

  it('applies the latest config from the event after it, and the default one before the first', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const on = resolveConfig();
      const off = resolveConfig({ enabled: false });
      const values = { a: usage };
      const config$ = hot('----x---y----', { x: off, y: on });
      const source = hot(' -a-a-a-a-a-a|', values);
      const subs = '       ^-----------!';
      const expected = '   -a-a-----a-a|';
      expectObservable(source.pipe(admit(config$))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(config$.subscriptions).toBe(subs);
    });
  });

  it('applies a config that is emitted synchronously to the first event', () => {
    const seen: AnalyticsEvent[] = [];
    of(usage).pipe(admit(of(resolveConfig({ enabled: false })))).subscribe((event) => seen.push(event)); // prettier-ignore
    expect(seen).to.deep.equal([]);
  });

  it('keeps the last config when its source completes', () => {
    marbles(({ cold, hot, expectObservable }) => {
      const values = { a: usage };
      const config$ = cold('--(x|)', { x: resolveConfig({ enabled: false }) });
      const source = hot(' -a-a-a-|', values);
      const expected = '   -a-----|';
      expectObservable(source.pipe(admit(config$))).toBe(expected, values);
    });
  });

  it('fails with its config', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = { a: usage };
      const config$ = cold<CollectorConfig>('----#');
      const source = hot('                   -a-a-a-|', values);
      const subs = '                         ^---!';
      const expected = '                     -a-a#';
      expectObservable(source.pipe(admit(config$))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('unsubscribes from its config when it is unsubscribed', () => {
    const config$ = new Subject<CollectorConfig>();
    const subscription = NEVER.pipe(admit(config$)).subscribe();
    expect(config$.observed).to.equal(true);
    subscription.unsubscribe();
    expect(config$.observed).to.equal(false);
  });

  it('throws for an invalid config when called, or fails with it when it is emitted', () => {
    const broken = { ...resolveConfig(), privacyLevel: 'none' } as unknown as CollectorConfig;
    expect(() => admit(broken)).to.throw(ConfigError, '`privacyLevel`');
    let error: unknown;
    NEVER.pipe(admit(of(broken))).subscribe({ error: (one: unknown) => (error = one) });
    expect(error).to.be.instanceOf(ConfigError);
  });

  it('reports values that are not events, and continues', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    const seen: AnalyticsEvent[] = [];
    of(undefined as unknown as AnalyticsEvent, usage)
      .pipe(admit(resolveConfig(), { onReject: rejections.onReject }))
      .subscribe((event) => seen.push(event));
    expect(rejections.reasons).to.deep.equal(['invalid']);
    expect(seen).to.deep.equal([usage]);
  });

  it('throws if onReject is not a function', () => {
    expect(() => admit(resolveConfig(), { onReject: 1 as unknown as () => void })).to.throw(
      TypeError,
      'Expected `onReject` to be a function',
    );
  });
});
