import { expect } from 'chai';
import { asyncScheduler, NEVER, throwError, timer, type ObservableInput } from 'rxjs';
import { type EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { virtually } from '../support/virtual.js';
import { sinkOf } from '../support/sink-of.js';

describe('a leaving sink', () => {
  it('counts events of a leaving sink as `shutdown` when the collector shuts down', () => {
    const collector = virtually({ sinks: [sinkOf(() => NEVER)] }, ({ collector: made, collect, ends, at }) => {
      collect('a');
      void made.unregisterSink('sink', { timeoutMs: 10_000 });
      void made.shutdown({ timeoutMs: 30 });
      at(31, () => {
        expect(ends.map(({ type, report }) => [type, report.timedOut, report.sinks['sink']?.pending])).to.deep.equal([
          ['unregister', true, 0],
          ['shutdown', true, 0],
        ]);
      });
    });
    expect(collector.stats().sinks['sink']?.droppedBy).to.deep.equal({ shutdown: 1 });
  });

  it('does not redeliver to a leaving sink', () => {
    const calls: string[] = [];
    const sink = sinkOf(() => (calls.push('process'), throwError(() => new SinkError('rejected', 'no'))), {
      close: () => (calls.push('close'), []),
    });
    virtually({ sinks: [sink], config: { batch: { maxCount: 1 } } }, ({ collector, collect }) => {
      const taken: boolean[] = [];
      collector.deadLetters$.subscribe((letter) => {
        void collector.unregisterSink('sink');
        taken.push(collector.redeliver(letter));
      });
      collect('a');
      expect([taken, calls]).to.deep.equal([[false], ['process', 'close']]);
    });
  });

  it('waits for the answer of a probe if it arrives before the deadline', () => {
    const answers = [throwError(() => new SinkError('unavailable', 'down')), timer(20), timer(5)];
    const lane = {
      concurrency: 2,
      timeoutMs: 100,
      retry: { baseDelayMs: 0, jitter: 'none' },
      breaker: { failures: 1, openMs: 50 },
    } as const;
    const attempts: number[] = [];
    const sink = sinkOf(() => answers[attempts.push(asyncScheduler.now()) - 1]);
    const collector = virtually({ sinks: [sink], lane, config: { batch: { maxCount: 1 } } }, ({ collector: made, collect, at }) => {
      collect('ab');
      at(55, () => void made.shutdown({ timeoutMs: 30_000 }));
    });
    expect(collector.stats().sinks['sink']).to.deep.include({ delivered: 2, failed: 0, dropped: 0 });
    expect(attempts).to.deep.equal([0, 50, 70]);
  });

  it('delivers the batch of a successful probe even if a batch that waited for it ends the lane', () => {
    const down = (retryable: boolean): ObservableInput<unknown> => throwError(() => new SinkError('unavailable', 'down', { retryable }));
    const answers = [down(true), timer(1), down(false)];
    const lane = { concurrency: 2, retry: { baseDelayMs: 0 }, breaker: { failures: 1, openMs: 50 } } as const;
    let left: Promise<unknown> | undefined;
    let attempts = 0;
    const sink = sinkOf(() => {
      attempts += 1;
      // Asked to leave by the probe itself, which is then not waited for.
      if (attempts === 2) left = collector?.unregisterSink('sink');
      return answers[attempts - 1];
    });
    let collector: EventCollector | undefined;
    const made = virtually({ sinks: [sink], lane, config: { batch: { maxCount: 1 } } }, ({ collector: running, collect }) => {
      collector = running;
      collect('ab');
    });
    expect(left).not.to.equal(undefined);
    expect(made.stats().sinks['sink']).to.deep.include({ delivered: 1, failed: 1, dropped: 0, pending: 0 });
  });

  it('does not report a timeout for a sink that left during the shutdown', async () => {
    const collector = virtually({ sinks: [sinkOf(() => undefined)] }, ({ collector: made, ends }) => {
      void made.shutdown();
      expect(ends.map(({ report }) => report.timedOut)).to.deep.equal([false]);
    });
    expect((await collector.unregisterSink('sink')).timedOut).to.equal(false);
  });
});
