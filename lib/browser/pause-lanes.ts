import { finalize, merge, Observable, tap } from 'rxjs';
import type { EventCollector } from '../collector/event-collector.js';
import { internalsOf } from '../collector/internals.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { DeadLetter } from '../lane/delivery.js';

/**
 * Pauses every lane of a collector while it is subscribed to; those that join meanwhile, too. Emits nothing, and ends with the collector.
 *
 * A batch that was on its way goes on being tried, and may fail for good by the time: then it is offered again in the end.
 */
export function pauseLanes<E extends AnalyticsEvent>(collector: EventCollector<E>): Observable<unknown> {
  return new Observable<unknown>((subscriber) => {
    const lost: DeadLetter<E>[] = [];
    const lanes = () => [...(internalsOf(collector)?.seats ?? [])].map(({ lane }) => lane);
    const pause = (): void => {
      for (const lane of lanes()) lane.pause();
    };
    pause();
    return merge(
      // Whoever is here before a lane sees a batch before it.
      collector.batches$.pipe(tap(pause)),
      collector.deadLetters$.pipe(
        tap((letter) => {
          if (letter.error.kind === 'unavailable' || letter.error.kind === 'timeout') lost.push(letter);
        }),
      ),
    )
      .pipe(
        finalize(() => {
          for (const letter of lost) collector.redeliver(letter);
          for (const lane of lanes()) lane.resume();
        }),
      )
      .subscribe(subscriber);
  });
}
