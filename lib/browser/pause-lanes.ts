import { defer, finalize, merge, tap, type Observable } from 'rxjs';
import type { EventCollector } from '../collector/event-collector.js';
import { internalsOf } from '../collector/internals.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { DeadLetter } from '../lane/delivery.js';

/**
 * Pauses every lane of a collector while it is subscribed to; those that join meanwhile, too. Ends with the collector; what it emits says nothing.
 *
 * A batch that was on its way is tried further, and may fail for good meanwhile: then it is offered again in the end.
 */
export function pauseLanes<E extends AnalyticsEvent>(collector: EventCollector<E>): Observable<unknown> {
  const each = (task: 'pause' | 'resume'): void => {
    for (const { lane } of internalsOf(collector)?.seats.all.values() ?? []) lane[task]();
  };
  return defer(() => {
    const lost: DeadLetter<E>[] = [];
    each('pause');
    return merge(
      // Whoever is here before a lane sees a batch before it.
      collector.batches$.pipe(
        tap(() => {
          each('pause');
        }),
      ),
      collector.deadLetters$.pipe(
        tap((letter) => {
          const { kind } = letter.error;
          if (kind === 'unavailable' || kind === 'timeout') lost.push(letter);
        }),
      ),
    ).pipe(
      finalize(() => {
        for (const letter of lost) collector.redeliver(letter);
        each('resume');
      }),
    );
  });
}
