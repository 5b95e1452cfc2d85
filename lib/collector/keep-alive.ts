import { share, timer, type Observable, type SchedulerLike } from 'rxjs';
import { MAX_DELAY_MS } from '../internal/check-option.js';

/**
 * Keeps the process alive while it is subscribed to, by one timer however many subscribe: whoever awaits what only background timers drive
 * would otherwise see Node end with code 13.
 *
 * @param scheduler whose timers do keep a process alive
 */
export function keepAlive(scheduler: SchedulerLike): Observable<unknown> {
  return timer(MAX_DELAY_MS, scheduler).pipe(share());
}
