import { expect } from 'chai';
import { EMPTY, map, NEVER, of, Subject, throwError, type Observable } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import type { Diagnostic } from '../../lib/collector/diagnostics.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { explain } from '../../lib/collector/explain.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { AnalyticsEvent, EventInput } from '../../lib/event/event.js';
import { withConsent } from '../../lib/features/with-consent.js';
import { withDiagnostics } from '../../lib/features/with-diagnostics.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { VirtualClock } from '../support/virtual-clock.js';

const watch = (collector: EventCollector): Diagnostic[] => {
  const seen: Diagnostic[] = [];
  collector.diagnostics$.subscribe((diagnostic) => seen.push(diagnostic));
  return seen;
};

describe('fields that cannot be used', () => {
  const input = { type: 'a', priority: 'HIGH', category: 'bisness', timestamp: 'x', weight: 0 } as unknown as EventInput;

  it('are reported once per field and second, with counts', () => {
    const clock = new VirtualClock();
    const collector = new EventCollector({ sinks: [], scheduler: clock });
    const seen = watch(collector);
    for (let n = 0; n < 3; n += 1) expect(collector.collect(input)).to.equal('accepted');
    const told = (): unknown[] => seen.map((each) => ('field' in each ? [each.field, each.got, each.count] : each.type));
    const first = [
      ['category', "`'bisness'` (string)", 1],
      ['priority', "`'HIGH'` (string)", 1],
      ['timestamp', "`'x'` (string)", 1],
      ['weight', '`0` (number)', 1],
    ];
    expect(told()).to.deep.equal(first);
    clock.pass(1_000);
    expect(told()).to.deep.equal([...first, ...first.map(([field, got]) => [field, got, 2])]);
  });

  it('are reported without personal values', () => {
    const collector = new EventCollector({ sinks: [] });
    const seen = watch(collector);
    collector.collect({ type: 'a', sessionId: 7, metadata: 'alice@example.com' } as unknown as EventInput);
    expect(seen.map((each) => 'got' in each && each.got)).to.deep.equal(['number', 'string']);
  });

  it('are named by explain', () => {
    const { stages } = explain(new EventCollector({ sinks: [] }), input);
    expect(stages[0]?.why).to.include("`priority` can't be used and is replaced");
  });

  it('make the event invalid if it is the id', () => {
    const collector = new EventCollector({ sinks: [] });
    expect(collector.collect({ type: 'a', id: 42 } as unknown as EventInput)).to.equal('invalid');
    const { verdict, stages } = explain(collector, { type: 'a', id: 42 } as unknown as EventInput);
    expect([verdict, stages[0]?.why]).to.deep.equal(['stops', 'invalid: Expected `id` to be a non-empty string, got number']);
  });
});

describe('a fault of consent$', () => {
  it('is reported, also if it was emitted while the collector was created', () => {
    const collector = new EventCollector({ sinks: [], consent$: of(true) as never });
    const [first, ...others] = watch(collector);
    expect(first).to.include({ type: 'invalid_consent', got: '`true` (boolean)', count: 1 });
    expect(others).to.deep.equal([]);
    expect(watch(collector)).to.deep.equal([]);
  });

  it('is reported if it is an error: otherwise events would wait silently', () => {
    const error = new Error('no consent manager');
    const collector = new EventCollector({ sinks: [], consent$: throwError(() => error) });
    expect(collector.track('a')).to.equal('accepted');
    const [first, ...others] = watch(collector);
    expect(first).to.include({ type: 'callback_error', callback: 'consent$', error, count: 1 });
    expect(others).to.deep.equal([]);
  });

  it('is reported if the stream completes while consent is unknown: nothing could release the events', () => {
    for (const consent$ of [EMPTY, of('granted', 'unknown')]) {
      const collector = new EventCollector({ sinks: [], consent$: consent$ as Observable<ConsentState> });
      const [first, ...others] = watch(collector);
      expect(first, 'reported').to.include({ type: 'callback_error', callback: 'consent$', count: 1 });
      expect(others).to.deep.equal([]);
    }
    for (const state of ['granted', 'denied'] as const)
      expect(watch(new EventCollector({ sinks: [], consent$: of(state) }))).to.deep.equal([]);
  });

  it('changes nothing', () => {
    const consent$ = new Subject<ConsentState>();
    const collector = createCollector({ sinks: [] }, withConsent(consent$), withDiagnostics());
    const seen: string[] = [];
    collector.diagnostics$.subscribe(({ type }) => seen.push(type));
    consent$.next('denied');
    for (const value of [true, 'yes', undefined, new Proxy({}, { get: () => { throw new Error('hostile'); } })]) consent$.next(value as never); // prettier-ignore
    expect(collector.track('a')).to.equal('filtered');
    consent$.next('granted');
    consent$.next(null as never);
    expect(collector.track('a')).to.equal('accepted');
    expect(collector.stats().eventsProcessed).to.equal(1);
    expect(seen).to.deep.equal(['invalid_consent']);
  });
});

describe('invalid options of a collector', () => {
  it('name the invalid sink of a list', () => {
    const sinks = [new MemorySink(), { name: 'x' }] as unknown as EventSink[];
    expect(() => new EventCollector({ sinks })).to.throw(TypeError, 'Expected `sinks[1]` to be a sink');
    expect(() => createCollector({ sinks })).to.throw(TypeError, 'Expected `sinks[1]` to be a sink');
  });

  it('name the invalid stage', () => {
    const stages = [map((event: AnalyticsEvent) => event), () => undefined] as never;
    expect(() => new EventCollector({ stages })).to.throw(TypeError, 'Expected `stages[1]` to be an operator');
  });

  it('report that an enricher is asynchronous', () => {
    const collector = new EventCollector({ sinks: [], enrichers: (async (event: AnalyticsEvent) => Promise.resolve(event)) as never });
    const seen = watch(collector);
    expect(collector.track('a')).to.equal('dropped');
    expect(String((seen[0] as { error?: unknown }).error)).to.include('got a Promise');
  });
});

/** The streams from which operators have made it: every Observable shows its source. */
function sourcesOf({ source }: { readonly source?: Observable<unknown> | undefined }): Observable<unknown>[] {
  return source === undefined ? [] : [source, ...sourcesOf(source)];
}

describe('streams of a collector', () => {
  const isStream = (value: unknown): value is object => typeof (value as { subscribe?: unknown } | undefined)?.subscribe === 'function';

  for (const [name, collector] of [
    ['EventCollector', new EventCollector({ sinks: [], consent$: NEVER, stages: [map((event: AnalyticsEvent) => event)] })],
    ['createCollector', createCollector({ sinks: [] }, withConsent(NEVER), withDiagnostics())],
  ] as const) {
    const streams = Object.entries(collector).filter(([, value]) => isStream(value));

    it(`can't be driven from outside: ${name}`, () => {
      expect(streams.map(([key]) => key)).to.include.members(['events$', 'batches$', 'deliveries$', 'diagnostics$']);
      for (const [key, stream] of streams)
        for (const each of [stream, ...sourcesOf(stream as Observable<unknown>)])
          for (const method of ['next', 'error', 'complete']) expect(method in each, `${key}.${method}`).to.equal(false);
    });
  }
});
