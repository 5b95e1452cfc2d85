import type { Signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import type { AnalyticsEvent } from '../event/event.js';
import type { WithStats } from '../features/with-stats.js';
import type { CollectorStats } from '../ledger/ledger.js';
import { injectCollector } from './inject-collector.js';

/**
 * The collector's ledger as a signal: its current state, then changes at most once a second, until the component or service is destroyed.
 *
 * @throws as `injectCollector`
 * @throws Error if `provideCollector` has no `withStats()`
 */
export function injectStats(): Signal<CollectorStats> {
  const { stats$ } = injectCollector<AnalyticsEvent, [Partial<WithStats>]>();
  if (stats$ === undefined) throw new Error('`injectStats` needs the feature `withStats()` of `provideCollector`');
  return toSignal(stats$, { requireSync: true });
}
