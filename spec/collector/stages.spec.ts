import { expect } from 'chai';
import { bufferCount, delay, filter, map, mergeMap, take, type MonoTypeOperatorFunction } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { virtually } from '../support/virtual.js';
import { lettersOf } from '../support/letters-of.js';

type Stage = MonoTypeOperatorFunction<AnalyticsEvent>;

const held: Stage = (source) =>
  source.pipe(
    bufferCount(3),
    mergeMap((events) => events),
  );

describe("the user's stages", () => {
  it('are applied in order, after everything else', () => {
    const sink = new MemorySink();
    const stages: Stage[] = [filter(({ data }) => data !== 'b'), map((event) => ({ ...event, data: String(event.data).toUpperCase() }))];
    const collector = virtually({ sinks: [sink], stages }, ({ collector: made, collect }) => {
      collect('abc');
      void made.flush();
    });
    expect(lettersOf(sink.events)).to.equal('AC');
    expect(collector.stats()).to.include({ stagesIn: 3, stagesOut: 2, droppedBefore: 0, droppedAfter: 0 });
  });

  it('may be slow: flush does not wait for events inside stages, and reports their number', () => {
    const sink = new MemorySink();
    virtually({ sinks: [sink], stages: [delay(1_000)] }, ({ collector: made, collect, ends, at }) => {
      collect('ab');
      void made.flush();
      expect(ends[0]?.report).to.include({ timedOut: false, inStages: 2 });
      at(1_001, () => {
        expect(made.stats()).to.include({ stagesIn: 2, stagesOut: 2, eventsBuffered: 2 });
      });
    });
  });

  it('release held events at shutdown', () => {
    const sink = new MemorySink();
    virtually({ sinks: [sink], stages: [held] }, ({ collector: made, collect, ends }) => {
      collect('abcde');
      void made.shutdown();
      expect(ends[0]?.report).to.include({ timedOut: false, inStages: 0 });
    });
    expect(lettersOf(sink.events)).to.equal('abcde');
  });

  it('are awaited at shutdown if they emit later, until the deadline', () => {
    const sink = new MemorySink();
    virtually({ sinks: [sink], stages: [delay(100)] }, ({ collector: made, collect, ends, at }) => {
      collect('ab');
      void made.shutdown({ timeoutMs: 500 });
      at(101, () => {
        expect(ends.map(({ at: when, report }) => [when, report.timedOut])).to.deep.equal([[100, false]]);
      });
    });
    expect(lettersOf(sink.events)).to.equal('ab');
  });

  it('restart after an error, which loses the current event', () => {
    const sink = new MemorySink();
    const failing: Stage = map((event) => {
      if (event.data === 'b') throw new Error('boom');
      return event;
    });
    const collector = virtually({ sinks: [sink], stages: [failing] }, ({ collector: made, collect, diagnostics }) => {
      collect('abc');
      expect(diagnostics.map(({ type }) => type)).to.deep.equal(['callback_error', 'loss']);
      void made.flush();
    });
    expect(lettersOf(sink.events)).to.equal('ac');
    expect(collector.stats()).to.deep.include({ stagesIn: 3, stagesOut: 3, droppedAfter: 1 });
    expect(collector.stats().dropped.stage_error).to.equal(1);
  });

  it('that complete early cause later events to be dropped as `stage_completed`', () => {
    const collector = virtually({ sinks: [], stages: [take(1)] }, ({ collector: made, collect }) => {
      collect('a');
      expect(made.collect({ type: 'feature_used', data: 'b' })).to.equal('dropped');
    });
    expect(collector.stats()).to.include({ stagesIn: 1, stagesOut: 1, droppedBefore: 1 });
    expect(collector.stats().dropped.stage_completed).to.equal(1);
  });

  it('that fail when they are subscribed to are not retried endlessly', () => {
    const broken: Stage = () => {
      throw new Error('broken');
    };
    virtually({ sinks: [], stages: [broken] }, ({ collector: made }) => {
      expect(made.collect({ type: 'feature_used', data: 'a' })).to.equal('dropped');
    });
  });

  it('may remove the session: emitted events still have one', () => {
    const sink = new MemorySink();
    const forgetful: Stage = map((event) => ({ ...event, sessionId: undefined }));
    const collector = virtually({ sinks: [sink], stages: [forgetful] }, ({ collect }) => {
      collect('a');
    });
    void collector.flush();
    expect(sink.events.map(({ sessionId }) => sessionId)).to.deep.equal(['session']);
  });

  it('may emit unreadable events, which are lost', () => {
    const trap: Stage = map((event) => Object.defineProperty({ ...event }, 'sessionId', { get: () => { throw new Error('boom'); } })); // prettier-ignore
    const collector = virtually({ sinks: [], stages: [trap] }, ({ collect }) => {
      collect('a');
    });
    expect(collector.stats().dropped.stage_error).to.equal(1);
  });

  it('count as empty once they have completed, even if they have filtered events out', () => {
    virtually({ sinks: [], stages: [filter(({ data }) => data === 'a')] }, ({ collector, collect, ends }) => {
      collect('abc');
      void collector.flush();
      void collector.shutdown();
      expect(ends.map(({ report }) => report.inStages)).to.deep.equal([2, 0]);
    });
  });

  it('may emit more events than they receive', () => {
    const collector = virtually({ sinks: [], stages: [mergeMap((event) => [event, event])] }, ({ collect }) => {
      collect('ab');
    });
    expect(collector.stats()).to.include({ stagesIn: 2, stagesOut: 4, eventsProcessed: 4 });
  });
});
