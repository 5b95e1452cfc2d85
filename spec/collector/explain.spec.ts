import { expect } from 'chai';
import { BehaviorSubject, NEVER } from 'rxjs';
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

describe('explain', () => {
  it('says which sinks would get an event that nothing keeps out', () => {
    expect(explain(new EventCollector({ sinks: [new MemorySink()] }), event).stages.at(-1)).to.deep.equal({
      stage: 'deliver',
      verdict: 'passes',
      why: 'it goes to 1 sink',
      sinks: ['memory'],
    });
    expect(inShort({}, event)).to.equal('passes deliver: it waits for the first sink');
    expect(inShort({ sinks: [] }, event)).to.equal('passes deliver: there is no sink');
  });

  it('says which part of the policy keeps an event out', () => {
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

  it('says why an event is invalid, without its values', () => {
    expect(inShort({}, { type: '' })).to.equal('stops capture: invalid: Expected `type` to be a non-empty string, got an empty one');
  });

  it('says that consent is wanting', () => {
    expect(inShort({ consent$: NEVER }, event)).to.equal('held consent: consent is not known yet');
    expect(inShort({ consent$: new BehaviorSubject<ConsentState>('denied') }, event)).to.equal('stops consent: consent is denied');
  });

  it('gives the probability of what is sampled', () => {
    const { verdict, stages } = explain(new EventCollector({ sinks: [] }), { type: 'response_latency', data: {} });
    expect(verdict).to.equal('chance');
    expect(stages.find(({ stage }) => stage === 'sample')).to.include({ verdict: 'chance', probability: 0.1 });
    expect(explain(new EventCollector({ sinks: [] }), { type: 'response_latency', data: {}, priority: 'high' }).verdict).to.equal('passes');
  });

  it('gives the paths that would be redacted', () => {
    const collector = new EventCollector({ sinks: [], redaction: defaultRedaction() });
    const { stages } = explain(collector, { ...event, data: { user: { email: 'ada@example.org' }, note: 'nothing' } });
    expect(stages.find(({ stage }) => stage === 'redact')?.paths).to.deep.equal(['data.user.email']);
  });

  it('looks into the metadata that the event would be given', () => {
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
    const { verdict, stages } = explain(collector, event);
    expect(verdict).to.equal('unknown');
    expect(stages.filter((stage) => stage.verdict === 'unknown').map(({ stage }) => stage)).to.deep.equal([
      'validate',
      'sample',
      'enrich',
      'redact',
      'stages',
    ]);
    expect(collector.stats()).to.deep.equal(before);
  });

  it('agrees with what the collector then does', async () => {
    const collector = new EventCollector({ sinks: [], sampling: everything(), config: { overrides: { a: { enabled: false } } } });
    expect([explain(collector, { type: 'a' }).verdict, collector.collect({ type: 'a' })]).to.deep.equal(['stops', 'filtered']);
    await collector.shutdown();
    expect([explain(collector, event).verdict, collector.collect(event)]).to.deep.equal(['stops', 'closed']);
  });

  it('throws for a collector that it cannot look into', () => {
    expect(() => explain({} as unknown as EventCollector, event)).to.throw(TypeError, 'Expected a collector made by this copy');
  });
});
