import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { expectBalanced } from '../support/books.js';

describe('invalid and unreadable input', () => {
  it('loses only the event if a getter throws late', () => {
    const trap = {
      type: 'feature_used',
      get sessionId(): string {
        throw new Error('boom');
      },
    };
    const collector = new EventCollector({ sinks: [], enrichers: () => trap as unknown as AnalyticsEvent });
    for (let count = 0; count < 40; count += 1) expect(collector.track('feature_used')).to.equal('dropped');
    expect(expectBalanced(collector).dropped.enricher_error).to.equal(40);
  });

  it('ignores a metadata patch whose reading throws', () => {
    const metadata = (): { region: string } => ({
      get region(): string {
        throw new Error('boom');
      },
    });
    expect(new EventCollector({ sinks: [], metadata }).track('feature_used')).to.equal('accepted');
  });

  it('names an invalid option', () => {
    const wrong: Record<string, unknown> = {
      sinks: 5,
      enrichers: 5,
      metadata: 5,
      redaction: true,
      eventDefaults: 5,
      validate: 5,
      sampling: { rate: 0.5 },
      consent$: 'granted',
      stages: [5],
      lane: 5,
      sessionId: 5,
      scheduler: {},
      random: 5,
      newId: 5,
    };
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => new EventCollector({ [name]: value }), name).to.throw(TypeError, `Expected \`${name}\` to be`);
    }
  });

  it('names an unknown option, and lists the known ones', () => {
    const misspelt = { sink: [] } as object;
    expect(() => new EventCollector(misspelt)).to.throw(TypeError, 'Unknown option `sink`. Did you mean `sinks`? Options: sinks, ');
    const lane = { retries: 3 } as object;
    expect(() => new EventCollector({ lane })).to.throw(
      TypeError,
      'Unknown option `retries`. Did you mean `retry`? Options: concurrency, ',
    );
  });
});
