import { expect } from 'chai';
import { BehaviorSubject, NEVER, take } from 'rxjs';
import type { CollectorOptions } from '../../lib/collector/collector-options.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { explain } from '../../lib/collector/explain.js';
import type { AnalyticsEvent, EventInput } from '../../lib/event/event.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { defaultRedaction } from '../../lib/redaction/default-redaction.js';
import { everything } from '../../lib/sampling/everything.js';
import type { SamplingStrategy } from '../../lib/sampling/strategy.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { throwing } from '../support/hostile.js';

/** The verdict, and where and why it was reached. */
function inShort(options: CollectorOptions, event: EventInput): string {
  const { verdict, stages } = explain(new EventCollector(options), event);
  const last = stages.at(-1);
  return `${verdict} ${last?.stage ?? ''}: ${last?.why ?? ''}`;
}

const event: EventInput = { type: 'feature_used', data: {} };

/** Every step, its verdict and why. */
function inFull(collector: EventCollector, of: EventInput): string[] {
  return explain(collector, of).stages.map(({ stage, verdict, why }) => `${stage} ${verdict}: ${why}`);
}

describe('explain', () => {
  it('explains every step of the path', () => {
    const options = { sinks: [new MemorySink()], config: { batch: { maxBytes: 500 } }, redaction: defaultRedaction() };
    const steps = inFull(new EventCollector({ ...options, consent$: new BehaviorSubject<ConsentState>('granted') }), event);
    const bytes = /takes (\d+) bytes of 500$/.exec(steps.at(-2) ?? '')?.[1];
    expect(Number(bytes)).to.be.within(100, 400);
    expect(steps).to.deep.equal([
      'capture passes: category usage, priority normal',
      'admit passes: policy allows it',
      'consent passes: consent is granted',
      'sample passes: the rate is 1',
      'redact passes: nothing to redact',
      `measure passes: a batch of it alone takes ${String(bytes)} bytes of 500`,
      'deliver passes: it goes to 1 sink',
    ]);
    const two = new EventCollector({ sinks: [new MemorySink(), new MemorySink({ name: 'second' })], redaction: defaultRedaction() });
    expect(inFull(two, { ...event, priority: 'critical', data: ['ada@example.org', 'bob@example.org'] })).to.deep.equal([
      'capture passes: category usage, priority critical',
      'admit passes: policy allows it',
      'sample passes: priority critical is exempt',
      'redact passes: 2 strings would be redacted',
      'deliver passes: it goes to 2 sinks',
    ]);
  });

  it('accepts an event that just fits into a batch', () => {
    const bytesOf = (maxBytes: number): string =>
      inShort({ sinks: [], config: { batch: { maxBytes } } }, { ...event, data: 'x'.repeat(1_000) });
    const [, bytes] = /alone takes (\d+) bytes/.exec(bytesOf(500)) ?? [];
    expect(bytesOf(Number(bytes))).to.match(/^passes/);
    expect(bytesOf(Number(bytes) - 1)).to.match(/^stops measure: too_large/);
  });

  it('names fields that are replaced', () => {
    const [step] = inFull(new EventCollector({ sinks: [] }), { ...event, priority: 'urgent' as never });
    expect(step).to.equal("capture passes: category usage, priority normal, `priority` can't be used and is replaced");
  });

  it('reports that reading an event throws', () => {
    expect(inShort({}, throwing(new Error('secret'), 'type') as never)).to.equal('stops capture: invalid: reading it threw');
    expect(inShort({ redaction: defaultRedaction() }, { ...event, data: throwing(new Error('secret')) })).to.equal(
      "stops redact: it can't be redacted: reading it threw",
    );
  });

  it('reports if no event of a type is kept', () => {
    const sampling = { rate: 0, minPerWindow: 0, windowMs: 1_000 };
    expect(inShort({ config: { sampling } }, event)).to.equal(
      'stops sample: the first 0 of its type in 1000 ms are kept, later ones with probability 0',
    );
    for (const chance of [
      { ...sampling, minPerWindow: 1 },
      { ...sampling, rate: 0.5 },
    ])
      expect(explain(new EventCollector({ sinks: [], config: { sampling: chance } }), event).verdict).to.equal('chance');
  });

  it('reports what stops an event at the sinks', () => {
    const full = new EventCollector({ config: { queue: { maxEvents: 1 } } });
    full.collect(event);
    expect(inFull(full, event).at(-1)).to.equal('deliver stops: 1 events wait for a sink already');
    const blocked = new EventCollector({
      sinks: [{ name: 'slow', process: () => NEVER }],
      config: { batch: { maxCount: 1 } },
      lane: { maxEvents: 1, overflow: 'block' },
    });
    blocked.collect(event);
    expect(inFull(blocked, event).at(-1)).to.equal('deliver stops: a lane that blocks is full');
    const completed = new EventCollector({ sinks: [], stages: [(source) => source.pipe(take(1))] });
    completed.collect(event);
    expect(inFull(completed, event).at(-1)).to.equal("deliver stops: the user's stages have completed");
  });

  it('lists the sinks that would get an event that passes', () => {
    expect(explain(new EventCollector({ sinks: [new MemorySink()] }), event).stages.at(-1)).to.deep.equal({
      stage: 'deliver',
      verdict: 'passes',
      why: 'it goes to 1 sink',
      sinks: ['memory'],
    });
    expect(inShort({}, event)).to.equal('passes deliver: it waits for the first sink');
    expect(inShort({ sinks: [] }, event)).to.equal('passes deliver: there is no sink');
  });

  it('names the part of the policy that excludes an event', () => {
    expect(inShort({ config: { enabled: false } }, event)).to.equal('stops admit: enabled is false: nothing is collected');
    expect(inShort({ config: { privacyLevel: 'minimal' } }, event)).to.equal(
      'stops admit: privacyLevel is minimal: category usage is not collected',
    );
    expect(inShort({ config: { categories: { usage: { enabled: false } } } }, event)).to.equal('stops admit: category usage is disabled');
    expect(inShort({ config: { overrides: { feature_used: { enabled: false } } } }, event)).to.equal(
      'stops admit: the override of type feature_used disables it',
    );
    expect(inShort({}, { ...event, type: 'cache_hit', priority: 'low' })).to.equal(
      'stops admit: priority low is below the lowest that is collected',
    );
  });

  it('explains why an event is invalid, without its values', () => {
    expect(inShort({}, { type: '' })).to.equal('stops capture: invalid: Expected `type` to be a non-empty string, got an empty one');
  });

  it('reports that consent is missing', () => {
    expect(inShort({ consent$: NEVER }, event)).to.equal('held consent: consent is not known yet');
    expect(inShort({ consent$: new BehaviorSubject<ConsentState>('denied') }, event)).to.equal('stops consent: consent is denied');
  });

  it('returns the probability of a sampled event', () => {
    const { verdict, stages } = explain(new EventCollector({ sinks: [] }), { type: 'response_latency', data: {} });
    expect(verdict).to.equal('chance');
    expect(stages.find(({ stage }) => stage === 'sample')).to.include({ verdict: 'chance', probability: 0.1 });
    expect(explain(new EventCollector({ sinks: [] }), { type: 'response_latency', data: {}, priority: 'high' }).verdict).to.equal('passes');
  });

  it('returns the paths that would be redacted', () => {
    const collector = new EventCollector({ sinks: [], redaction: defaultRedaction() });
    const { stages } = explain(collector, { ...event, data: { user: { email: 'ada@example.org' }, note: 'nothing' } });
    expect(stages.find(({ stage }) => stage === 'redact')?.paths).to.deep.equal(['data.user.email']);
  });

  it('checks the metadata that would be added to the event', () => {
    const collector = new EventCollector({ sinks: [], redaction: defaultRedaction(), metadata: { owner: 'ada@example.org' } });
    collector.setMetadata({ host: '192.0.2.7' });
    expect(explain(collector, event).stages.find(({ stage }) => stage === 'redact')?.paths).to.have.members([
      'metadata.owner',
      'metadata.host',
    ]);
  });

  it('measures, where a batch has a limit on bytes', () => {
    const options = { sinks: [], config: { batch: { maxBytes: 500 } } };
    expect(inShort(options, { ...event, data: throwing(new Error('not yours')) })).to.equal('stops measure: invalid: it has no JSON form');
    expect(inShort(options, { ...event, data: 'x'.repeat(1_000) })).to.match(/^stops measure: too_large/);
    expect(explain(new EventCollector(options), event).verdict).to.equal('passes');
  });

  it("calls no function of the user's, counts nothing and consumes nothing", () => {
    const fail = (): never => {
      throw new Error('called');
    };
    const strategy: SamplingStrategy<AnalyticsEvent> = { start: () => fail };
    const collector: EventCollector = new EventCollector({
      sinks: [],
      validate: fail,
      enrichers: [fail, fail],
      sampling: strategy,
      metadata: fail,
      redaction: [{ name: 'own', redact: fail }],
      stages: [(source) => source],
      newId: fail,
      sessionId: 'session',
    });
    const before = collector.stats();
    expect(explain(collector, event).verdict).to.equal('unknown');
    expect(inFull(collector, event)).to.deep.equal([
      'capture passes: category usage, priority normal',
      'validate unknown: the validate option decides',
      'admit passes: policy allows it',
      'sample unknown: the sampling option decides',
      'enrich unknown: 2 enrichers may change it or filter it out',
      "redact unknown: 1 rule of the user's were not tried",
      "stages unknown: 1 stage of the user's decide",
      'deliver passes: there is no sink',
    ]);
    expect(collector.stats()).to.deep.equal(before);
  });

  it('matches what the collector does', async () => {
    const collector = new EventCollector({ sinks: [], sampling: everything(), config: { overrides: { a: { enabled: false } } } });
    expect([explain(collector, { type: 'a' }).verdict, collector.collect({ type: 'a' })]).to.deep.equal(['stops', 'filtered']);
    await collector.shutdown();
    expect([inFull(collector, event), collector.collect(event)]).to.deep.equal([['capture stops: the collector is shut down'], 'closed']);
  });

  it('throws for a collector of another copy of the package', () => {
    expect(() => explain({} as unknown as EventCollector, event)).to.throw(TypeError, 'Expected a collector made by this copy');
  });
});
