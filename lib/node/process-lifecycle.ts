import { constants } from 'node:os';
import { Subscription } from 'rxjs';
import { aCollector } from '../collector/a-collector.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aDelay, checkArgument, oneOf, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { processEnd, type OtherListeners } from './process-end.js';

export interface ProcessLifecycleOptions {
  /** Signals that end the process. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** Maximum time in milliseconds by which the end of the process is delayed. @default 5_000 */
  readonly timeoutMs?: number | undefined;
  /**
   * What happens if other code listens for the same signal:
   * - `'wait'`: the other code has up to `timeoutMs` to end the process; then this library ends it
   * - `'end'`: the process ends as soon as the events are delivered
   * - `'leave'`: the process ends only if the other code ends it
   *
   * With several lifecycles, `'end'` takes precedence over `'wait'`, and `'wait'` over `'leave'`. After an uncaught error that other code
   * listens for, only `'end'` ends the process: without this library, the error would not have ended it either. @default 'wait'
   */
  readonly others?: OtherListeners | undefined;
}

const UNCATCHABLE: readonly unknown[] = ['SIGKILL', 'SIGSTOP'];

const someSignals: Expectation = {
  expected: 'a list of signals that a process can listen for',
  accepts: (value) => Array.isArray(value) && value.every((each) => isSignal(each) && !UNCATCHABLE.includes(each)),
};
const isSignal = (value: unknown): boolean => typeof value === 'string' && Object.hasOwn(constants.signals, value);

const OPTIONS = optionsOf<ProcessLifecycleOptions>(() => ({
  signals: [someSignals, ['SIGTERM', 'SIGINT']],
  timeoutMs: [aDelay(), 5_000],
  others: [oneOf(['wait', 'end', 'leave']), 'wait'],
}));

/**
 * Delivers a collector's events before the process ends.
 *
 * ```
 *   nothing left to do      shutdown, then the process exits as it would have
 *   signal                  shutdown, then the signal is raised again, with its usual effect
 *   uncaught error          shutdown, then the error is raised again: usual output and exit code
 *   PM2's 'shutdown'        shutdown, then process.exit()
 *   process.exit()          flush, for sinks that deliver synchronously
 * ```
 *
 * **Other listeners.** The exit code and output are the same as without this library. An uncaught error or an unhandled rejection reaches other
 * listeners (Sentry, Honeybadger, your own) after the events are delivered. If other code handles the signal (NestJS, terminus, your own graceful
 * shutdown), the collector is flushed immediately and the other code ends the process; see `others` if it doesn't. Listeners that only act when there
 * are no others (signal-exit, Honeybadger) get the signal again after the delivery. If the process is still alive a moment later, such as process 1
 * of a container, it exits with 128 + the signal's number.
 *
 * A second signal ends the process immediately. Signals within 500 ms of the first are treated as duplicates of it, and so is a signal that another
 * listener raises again after removing itself. `SIGKILL` and crashes of the runtime allow no delivery.
 *
 * All lifecycles in a process share one set of listeners. A lifecycle ends with the shutdown of its collector, or when it is unsubscribed.
 *
 * On platforms that freeze a function after its response, none of this runs in time: `await collector.flush()` there, or pass it to
 * the platform's `waitUntil`.
 *
 * Limits: for an error that was created in one place and thrown in another, the printed source line is the one where it was created; for a thrown
 * value that is not an error, and for an error of a worker, no source line is printed.
 *
 * @throws TypeError for an invalid collector, or an invalid or unknown option
 * @example
 * const collector = new EventCollector({ sinks: [new MemorySink()] });
 * const lifecycle = withProcessLifecycle(collector, { timeoutMs: 10_000 });
 * expect(process.listenerCount('SIGTERM')).to.be.greaterThan(0);
 * await collector.shutdown();
 * expect(lifecycle.closed).to.equal(true);
 */
export function withProcessLifecycle<E extends AnalyticsEvent>(
  collector: EventCollector<E>,
  options: ProcessLifecycleOptions = {},
): Subscription {
  checkArgument('collector', collector, aCollector);
  const { signals, timeoutMs, others } = OPTIONS.parse(options);
  const leave = processEnd().join({
    signals,
    timeoutMs,
    others,
    flush: () => collector.flush({ timeoutMs }),
    shutdown: (limitMs = Infinity) => collector.shutdown({ timeoutMs: Math.min(timeoutMs, limitMs) }),
  });
  const lifecycle = new Subscription(leave);
  lifecycle.add(
    collector.events$.subscribe({
      complete: () => {
        lifecycle.unsubscribe();
      },
    }),
  );
  return lifecycle;
}
