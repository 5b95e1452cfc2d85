import type { Signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import type { CollectorStats } from '../ledger/ledger.js';
import { injectEventCollector } from './inject-event-collector.js';

/**
 * The collector's books as a signal: as they are, and again when they have changed, at most once a second, until the component or service is destroyed.
 *
 * @throws as `injectEventCollector`
 */
export function injectStats(): Signal<CollectorStats> {
  return toSignal(injectEventCollector().stats$, { requireSync: true });
}
