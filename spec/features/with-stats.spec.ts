import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import { kernelFeature, type Kernel } from '../../lib/collector/kernel.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { withStats } from '../../lib/features/with-stats.js';
import { fitted, inBackground } from '../support/fitted.js';
import { expectBalancedStats } from '../support/books.js';

describe('withStats', () => {
  it('emits the ledger now, at most once a second on a change, and at the end', () => {
    const seen: unknown[] = [];
    fitted({}, [withStats()], ({ collector, at, now }) => {
      collector.stats$.subscribe({
        next: (stats) => {
          expectBalancedStats(stats);
          seen.push([now(), stats.eventsReceived]);
        },
        complete: () => seen.push('complete'),
      });
      at(10, () => collector.track('a'));
      at(20, () => collector.track('a'));
      at(5_000, () => collector.track('a'));
      at(5_001, () => {
        inBackground(collector.shutdown());
      });
    });
    expect(seen).to.deep.equal([[0, 0], [1_000, 2], [5_000, 3], [5_001, 3], 'complete']);
  });

  it('is not notified of changes while there is no subscriber', () => {
    let kernel: Pick<Kernel<AnalyticsEvent>, 'recorder' | 'trampoline'> | undefined;
    const probe = kernelFeature((given) => {
      kernel = given;
    });
    const isTold = (): boolean[] => [kernel?.recorder.onChange, kernel?.trampoline.onEnd].map((callback) => callback !== undefined);
    const { stats$ } = createCollector({}, withStats(), probe);
    expect(isTold()).to.deep.equal([false, false]);
    const subscriptions = [stats$.subscribe(), stats$.subscribe()];
    expect(isTold()).to.deep.equal([true, true]);
    subscriptions.pop()?.unsubscribe();
    expect(isTold()).to.deep.equal([true, true]);
    subscriptions.pop()?.unsubscribe();
    expect(isTold()).to.deep.equal([false, false]);
  });
});
