import { defer, finalize, tap, type Observable } from 'rxjs';
import type { EventCollector } from '../collector/event-collector.js';
import { internalsOf } from '../collector/internals.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { Lane } from '../lane/lane.js';

/** Pauses every lane of a collector while it is subscribed to; those that join meanwhile, too. Ends with the collector; what it emits says nothing. */
export function pauseLanes<E extends AnalyticsEvent>(collector: EventCollector<E>): Observable<unknown> {
  return defer(() => {
    const paused = new Set<Pick<Lane<E>, 'pause' | 'resume'>>();
    const pauseAll = (): void => {
      for (const { lane } of internalsOf(collector)?.seats.all.values() ?? []) {
        if (paused.has(lane)) continue;
        paused.add(lane);
        lane.pause();
      }
    };
    pauseAll();
    // Whoever is here before a lane sees a batch before it.
    return collector.batches$.pipe(
      tap(pauseAll),
      finalize(() => {
        for (const lane of paused) lane.resume();
      }),
    );
  });
}
