import { expect } from 'chai';
import { startWith, take } from 'rxjs';
import { createEvent } from '../../lib/event/create-event.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { virtually } from '../support/virtual.js';

describe('subscription and completion of a stage', () => {
  it('delivers an event that a stage emits on subscription', () => {
    const sink = new MemorySink();
    const first = createEvent({ type: 'feature_used', data: 'first' });
    const collector = virtually({ sinks: [sink], stages: [startWith<AnalyticsEvent>(first)] }, ({ collector: made, collect }) => {
      collect('a');
      void made.flush();
    });
    expect(sink.events.map(({ data }) => data)).to.deep.equal(['first', 'a']);
    expect(collector.stats()).to.include({ stagesIn: 1, stagesOut: 2, eventsProcessed: 2 });
  });

  it('counts events accepted immediately before a stage completes', () => {
    const collector = virtually({ sinks: [], stages: [take(2)] }, ({ collector: made, collect }) => {
      let isFirst = true;
      made.subscribe(() => {
        if (isFirst) {
          isFirst = false;
          collect('bcd');
        }
      });
      collect('a');
    });
    expect(collector.stats()).to.include({ stagesIn: 4, stagesOut: 4, droppedAfter: 2 });
    expect(collector.stats().dropped.stage_completed).to.equal(2);
  });
});
