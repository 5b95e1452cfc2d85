import { asyncScheduler, concat, defer, EMPTY, ignoreElements, timer, type Observable, type ObservableInput } from 'rxjs';

/** How far behind its time it may be and still catch up: timers are coarse, but a pause isn't made up for by a burst. */
const CATCH_UP_MS = 100;

/** Delays each piece of work, as it is subscribed to, so that at most `perSecond` begin in a second. */
export function pace(perSecond: number): <T>(work: () => ObservableInput<T>) => Observable<T> {
  let dueAt = asyncScheduler.now();
  return (work) =>
    defer(() => {
      const now = asyncScheduler.now();
      dueAt = Math.max(dueAt, now - CATCH_UP_MS);
      const waitMs = dueAt - now;
      dueAt += 1_000 / perSecond;
      return concat(waitMs > 0 ? timer(waitMs).pipe(ignoreElements()) : EMPTY, defer(work));
    });
}
