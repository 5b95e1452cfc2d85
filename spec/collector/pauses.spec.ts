import { expect } from 'chai';
import { throwError, timer } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { virtually } from '../support/virtual.js';
import { sinkOf } from '../support/sink-of.js';

describe('a pause', () => {
  it('does not count for the queued half of a batch', () => {
    const away = new SinkError('unavailable', 'away');
    const answers = [throwError(() => new SinkError('too_large', 'too large')), timer(50), throwError(() => away), undefined];
    const lane = { retry: { maxElapsedMs: 1_000 } };
    const collector = virtually({ sinks: [sinkOf(() => answers.shift())], lane }, ({ collector: made, collect, at }) => {
      collect('ab');
      void made.flush();
      at(10, () => {
        const pause = made.pause();
        at(5_000, () => {
          pause.unsubscribe();
        });
      });
    });
    expect(collector.stats().sinks['sink']).to.include({ delivered: 2, failed: 0 });
  });

  it('keeps the order of deliveries when it ends while a loss is reported', () => {
    const lane = { maxEvents: 2, overflow: 'drop_oldest' } as const;
    const order: string[] = [];
    const collector = virtually(
      { sinks: [sinkOf(() => undefined)], lane, config: { batch: { maxCount: 2 } } },
      ({ collector: made, collect }) => {
        made.deliveries$.subscribe(({ status, batch }) => order.push(`${status} #${String(batch.sequence)}`));
        const pause = made.pause();
        made.diagnostics$.subscribe(() => {
          pause.unsubscribe();
        });
        collect('abcd');
      },
    );
    expect(order).to.deep.equal(['dropped #1', 'delivered #2']);
    expect(collector.stats().sinks['sink']).to.include({ delivered: 2, dropped: 2 });
  });
});
