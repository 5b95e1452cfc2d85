import { defer, EMPTY, finalize, tap, type Observable } from 'rxjs';
import type { EventCollector } from '../collector/event-collector.js';
import { internalsOf } from '../collector/internals.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { Lane } from '../lane/lane.js';

/**
 * Pauses every lane of a collector while it is subscribed to; those that join meanwhile, too. Ends with the collector; what it emits says nothing.
 *
 * A pause holds at once. Its end takes its turn, as whatever sets a lane to work does: it may come out of a callback of the collector's.
 */
export function pauseLanes<E extends AnalyticsEvent>(collector: EventCollector<E>): Observable<unknown> {
  return defer(() => {
    const internals = internalsOf(collector);
    if (internals === undefined) return EMPTY;
    const { seats, trampoline } = internals;
    const paused = new Set<Pick<Lane<E>, 'pause' | 'resume'>>();
    const pauseAll = (): void => {
      for (const { lane } of seats.all.values()) {
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
        trampoline.defer(() => {
          for (const lane of paused) lane.resume();
        }, trampoline.depth);
      }),
    );
  });
}
