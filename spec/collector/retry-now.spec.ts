import { expect } from 'chai';
import { NEVER, throwError } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { virtually } from '../support/virtual.js';

describe('EventCollector', () => {
  const busy = (retryAfterMs?: number): SinkError =>
    new SinkError('unavailable', 'Busy', { ...(retryAfterMs !== undefined && { retryAfterMs }) });
  const config = { batch: { maxCount: 1 } };

  it('retryNow ends a back-off and a Retry-After, once per call', () => {
    for (const retryAfterMs of [undefined, 20_000]) {
      const answers = [busy(retryAfterMs), busy(retryAfterMs), undefined];
      const sink = { name: 'http', process: () => throwError(() => answers.shift()) };
      virtually({ sinks: [sink], config, lane: { retry: { baseDelayMs: 20_000, jitter: 'none' } } }, ({ collector, collect, at }) => {
        collect('a');
        at(1, () => {
          collector.retryNow();
          expect(collector.stats().sinks.http).to.include({ attempts: 2 });
          void collector.shutdown({ timeoutMs: 0 });
        });
      });
    }
  });

  it('retryNow attempts immediately although the breaker is open, and a success closes it', () => {
    let isUp = false;
    const sink = { name: 'http', process: () => (isUp ? undefined : throwError(() => busy())) };
    const lane = { concurrency: 2, breaker: { failures: 2, openMs: 60_000 }, retry: { baseDelayMs: 60_000, jitter: 'none' } } as const;
    virtually({ sinks: [sink], config, lane }, ({ collector, collect, at }) => {
      collect('abcd');
      expect(collector.stats().sinks.http).to.include({ breaker: 'open', pending: 4 });
      at(1, () => {
        isUp = true;
        collector.retryNow();
        expect(collector.stats().sinks.http).to.include({ breaker: 'closed', delivered: 4 });
      });
    });
  });

  it('retryNow starts queued batches beyond the concurrency of the lane', () => {
    const orders: number[] = [];
    const sink = { name: 'http', process: ({ sequence }: { sequence: number }) => (orders.push(sequence), NEVER) };
    virtually({ sinks: [sink], config, lane: { timeoutMs: Infinity } }, ({ collector, collect }) => {
      collect('abcd');
      expect(orders).to.deep.equal([1]);
      collector.retryNow({ concurrency: 3 });
      expect(orders).to.deep.equal([1, 2, 3]);
      collector.retryNow();
      expect(orders).to.deep.equal([1, 2, 3]);
      collector.retryNow({ concurrency: Infinity });
      expect(orders).to.deep.equal([1, 2, 3, 4]);
      void collector.shutdown({ timeoutMs: 0 });
    });
  });

  it('retryNow attempts nothing while paused', () => {
    const sink = { name: 'http', process: () => undefined };
    virtually({ sinks: [sink], config }, ({ collector, collect }) => {
      const pause = collector.pause();
      collect('ab');
      collector.retryNow({ concurrency: Infinity });
      expect(collector.stats().sinks.http).to.include({ attempts: 0 });
      pause.unsubscribe();
      expect(collector.stats().sinks.http).to.include({ delivered: 2 });
    });
  });

  it('throws for an invalid concurrency', () => {
    expect(() => {
      new EventCollector({ sinks: [] }).retryNow({ concurrency: 0 });
    }).to.throw(TypeError, 'Expected `concurrency`');
  });
});
