import { expect } from 'chai';
import { BehaviorSubject, firstValueFrom, NEVER, Subject } from 'rxjs';
import * as lib from '../../lib/index.js';
import type { CollectorFeature, EventSink } from '../../lib/index.js';
import { expectBalanced } from '../support/books.js';

const { createCollector, EventCollector, MemorySink } = lib;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const within = async <T>(promise: Promise<T>, ms = 500): Promise<T | 'hangs'> =>
  Promise.race([promise, sleep(ms).then(() => 'hangs' as const)]);

describe('The lifecycle of a feature', () => {
  it('closes a sink once, though its flush resolves after the deadline', async () => {
    const calls: string[] = [];
    const flushed = new Subject<never>();
    const sink: EventSink = {
      name: 's',
      process: () => undefined,
      flush: () => (calls.push('flush'), firstValueFrom(flushed, { defaultValue: undefined })),
      close: () => (calls.push('close'), []),
    };
    const collector = new EventCollector({ sinks: [sink] });
    const report = await collector.shutdown({ timeoutMs: 20 });
    flushed.complete();
    await new Promise(setImmediate);
    expect(report.timedOut).to.equal(true);
    expect(calls).to.deep.equal(['flush', 'close']);
  });

  it('closes a sink once, though its flush rejects after unregisterSink gave up; the ledger is unchanged', async () => {
    const calls: string[] = [];
    const flushed = new Subject<never>();
    const sink: EventSink = {
      name: 's',
      process: () => undefined,
      flush: () => (calls.push('flush'), firstValueFrom(flushed)),
      close: () => (calls.push('close'), []),
    };
    const collector = new EventCollector({ sinks: [sink] });
    await collector.unregisterSink('s', { timeoutMs: 20 });
    const before = collector.stats();
    flushed.error(new Error('late'));
    await new Promise(setImmediate);
    expect(calls).to.deep.equal(['flush', 'close']);
    expect(collector.stats()).to.deep.equal(before);
  });

  it('a feature whose onComplete throws does not hang shutdown', async () => {
    const bad: CollectorFeature = (context) => {
      context.onComplete(() => {
        throw new Error('mine');
      });
    };
    let second = false;
    const collector = createCollector({ sinks: [] }, bad, (context) => context.onComplete(() => void (second = true)));
    expect(await within(collector.shutdown())).not.to.equal('hangs');
    expect(second).to.equal(true);
  });

  it('a feature that throws in onStart leaves no subscription to consent$', () => {
    const consent$ = new BehaviorSubject<lib.ConsentState>('granted');
    const bad: CollectorFeature = (context) => {
      context.onStart(() => {
        throw new Error('mine');
      });
    };
    expect(() => createCollector({ sinks: [] }, lib.withConsent(consent$), bad)).to.throw('mine');
    expect(consent$.observed).to.equal(false);
  });

  it('a clash of frozen members is reported before anything starts', () => {
    const consent$ = new BehaviorSubject<lib.ConsentState>('granted');
    const frozen = (): CollectorFeature<{ x: number }> => () => Object.freeze({ x: 1 });
    try {
      createCollector({ sinks: [] }, lib.withConsent(consent$), frozen(), frozen());
    } catch {
      /* fine */
    }
    expect(consent$.observed).to.equal(false);
  });

  it('events of onStart pass the stages', async () => {
    const sink = new MemorySink();
    const early: CollectorFeature = (context) => {
      context.onStart((collector) => void collector.collect({ type: 'page_opened' }));
    };
    const collector = createCollector(
      { sinks: [sink] },
      early,
      lib.withStages((event$) => event$),
    );
    const report = await collector.shutdown();
    expect(report.inStages).to.equal(0);
    expect(sink.events.length).to.equal(1);
  });

  it('events of onStart are sampled by the policy, in any order of features', () => {
    const outcomes: string[] = [];
    const early: CollectorFeature = (context) => {
      context.onStart((collector) => void outcomes.push(collector.collect({ type: 'a' })));
    };
    const config = { sampling: { rate: 0, minPerWindow: 0 } };
    createCollector({ sinks: [] }, early, lib.withPolicy(config));
    createCollector({ sinks: [] }, lib.withPolicy(config), early);
    expect(outcomes).to.deep.equal(['sampled', 'sampled']);
  });

  it('members of features are there in onStart', () => {
    let has: boolean | undefined;
    createCollector({ sinks: [] }, lib.withRuntimeSinks(), (context) => {
      context.onStart((collector) => void (has = 'registerSink' in collector));
    });
    expect(has).to.equal(true);
  });

  for (const [name, twice] of Object.entries({
    withConsent: [lib.withConsent(NEVER), lib.withConsent(NEVER)],
    withStages: [lib.withStages((e$) => e$), lib.withStages((e$) => e$)],
    withMetadata: [lib.withMetadata({ a: 1 }), lib.withMetadata({ b: 1 })],
    withDiagnostics: [lib.withDiagnostics(), lib.withDiagnostics()],
    withPolicy: [lib.withPolicy({}), lib.withPolicy({})],
    withSampling: [lib.withSampling({ start: () => () => 1 }), lib.withSampling({ start: () => () => 1 })],
  })) {
    it(`${name} twice throws, as createCollector documents`, () => {
      expect(() => createCollector({ sinks: [] }, ...(twice as CollectorFeature[]))).to.throw(/twice/i);
    });
  }

  it('withPolicy before withByteLimit is as good as after it', () => {
    const features = [lib.withPolicy({ batch: { maxBytes: 1000 } }), lib.withByteLimit()];
    expect(() => createCollector({ sinks: [] }, ...(features as CollectorFeature[]))).not.to.throw();
  });

  it('a feature factory that was not called is refused', () => {
    expect(() => createCollector({ sinks: [] }, lib.withDiagnostics as never)).to.throw(TypeError);
  });

  it('explain does not report `passes` where a step of a user feature decides', () => {
    const never: CollectorFeature = (context) => {
      context.addStep(
        'admit',
        ({ reject }) =>
          (event) =>
            reject(event, 'filtered') as undefined,
      );
    };
    const collector = createCollector({ sinks: [] }, never);
    expect(collector.collect({ type: 'a' })).to.equal('filtered');
    expect(lib.explain(collector, { type: 'a' }).verdict).to.equal('unknown');
  });

  it('a user step that throws loses that event, and does not affect the caller', () => {
    const collector = createCollector({ sinks: [] }, (context) => {
      context.addStep('admit', () => () => {
        throw new Error('mine');
      });
    });
    expect(() => collector.collect({ type: 'a' })).not.to.throw();
    const { eventsReceived } = collector.stats();
    expect(eventsReceived).to.equal(1);
  });

  for (const place of ['validate', 'admit', 'sample', 'enrich', 'redact', 'measure'] as const)
    it(`a user step at the place ${place} that does not return a complete event loses it, with the reason`, () => {
      for (const [returned, shown] of [
        [{}, 'an object without a valid `id`'],
        [5, '`5` (number)'],
        ['x', "`'x'` (string)"],
        [null, '`null`'],
        [Promise.resolve(), 'a Promise'],
      ] as const) {
        const own: CollectorFeature = (context) => {
          context.addStep(place, () => () => returned as never);
        };
        const collector = createCollector({ sinks: [new MemorySink()] }, own, lib.withDiagnostics());
        const told: unknown[] = [];
        collector.diagnostics$.subscribe((diagnostic) => {
          if (diagnostic.type === 'loss') told.push([diagnostic.reason, (diagnostic.error as Error).message]);
        });
        expect(collector.collect({ type: 'a' })).to.equal('dropped');
        expect(told).to.deep.equal([['enricher_error', `Expected a step to return a complete event or undefined, got ${shown}`]]);
        expectBalanced(collector);
        expect(collector.stats().dropped.enricher_error).to.equal(1);
      }
    });

  it('after 40 throwing user steps events are still accepted', () => {
    let bad = true;
    const collector = createCollector({ sinks: [] }, (context) => {
      context.addStep('admit', () => (event) => {
        if (bad) throw new Error('mine');
        return event;
      });
    });
    for (let i = 0; i < 40; i += 1)
      try {
        collector.collect({ type: 'a' });
      } catch {
        /* known */
      }
    bad = false;
    expect(collector.collect({ type: 'a' })).to.equal('accepted');
  });
});
