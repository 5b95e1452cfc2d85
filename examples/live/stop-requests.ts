import { filter, fromEvent, interval, merge, take, type Observable } from 'rxjs';

const CHECK_MS = 1_000;

/**
 * Emits whenever someone wants this process to stop: Ctrl-C, a kill, a terminal that is closed.
 *
 * npm passes a signal on to the shell in between, which does not pass it on. So, started by npm, the end of that shell counts as a request, too.
 */
export function stopRequests(): Observable<unknown> {
  const signals$ = merge(...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => fromEvent(process, signal)));
  if (process.env.npm_lifecycle_event !== 'start') return signals$;
  const { ppid } = process;
  return merge(
    signals$,
    interval(CHECK_MS).pipe(
      filter(() => process.ppid !== ppid),
      take(1),
    ),
  );
}
