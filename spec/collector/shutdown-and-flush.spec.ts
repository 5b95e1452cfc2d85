import { expect } from 'chai';
import { mergeMap, NEVER, tap, timer } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';
import { virtually } from '../support/virtual.js';
import { sinkOf } from '../support/sink-of.js';

describe('the end of flush and shutdown', () => {
  for (const count of [10, 15, 20, 25]) {
    it(`waits for the events that remain of of ${String(count)} events when its own cut overflows the lane`, () => {
      virtually({ sinks: [sinkOf(() => timer(20))], config: { queue: { maxEvents: 10 } } }, ({ collector, collect, ends, at }) => {
        collect('x'.repeat(count));
        void collector.flush({ timeoutMs: 500 });
        at(21, () => {
          expect(ends.map(({ at: when, report }) => [when, report.timedOut, report.sinks['sink']?.pending])).to.deep.equal([
            [20, false, 0],
          ]);
          expect(collector.stats().sinks['sink']).to.include({ delivered: 10, dropped: count - 10 });
        });
      });
    });
  }

  it('shutdown delivers events that have passed the stages although another one hangs in a stage', () => {
    const delivered: unknown[] = [];
    const sink = { name: 'sink', process: ({ events }: EventBatch) => timer(10).pipe(tap(() => delivered.push(events[0]?.data))) };
    const stage = mergeMap((event: AnalyticsEvent) => (event.data === 'a' ? NEVER : [event]));
    virtually({ sinks: [sink], stages: [stage] }, ({ collector, collect, ends, at }) => {
      collect('ab');
      void collector.shutdown({ timeoutMs: 100 });
      at(101, () => {
        expect(ends.map(({ at: when, report }) => [when, report.timedOut, report.inStages])).to.deep.equal([[100, true, 1]]);
      });
    });
    expect(delivered).to.deep.equal(['b']);
  });
});
