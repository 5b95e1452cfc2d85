import { Subscription } from 'rxjs';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aDelay, anArray, checkOption } from '../internal/check-option.js';

export interface ProcessLifecycleOptions {
  /** Signals that end the process. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** Milliseconds that the process is held up at most for what is still to be delivered. @default 5_000 */
  readonly timeoutMs?: number | undefined;
}

/**
 * Has a collector deliver what it holds before the process ends, whichever way it ends.
 *
 * ```
 *   nothing left to do     shutdown, then the end that was due
 *   signal                 shutdown, then the signal again, to the effect that it would have had
 *   uncaught error         shutdown, then the error again: message, exit code and all
 *   process.exit()         flush, of which there is time for what sinks do at once
 * ```
 *
 * Where others listen for the same signal or for uncaught errors, the end is theirs to bring about: the collector is flushed and goes on, until
 * nothing is left to do. A second signal ends the process at once. Nothing is swallowed, and exit codes stay what they were. A crash of the
 * process itself (`SIGKILL`, out of memory) leaves no time for anything.
 *
 * The listeners go with the collector's shutdown, or when the result is unsubscribed.
 *
 * In a function that is frozen after its answer, none of this happens in time: `await collector.flush()` there, or hand it to the platform's `waitUntil`.
 *
 * @throws TypeError for an option outside its range
 */
export function withProcessLifecycle<E extends AnalyticsEvent>(
  collector: EventCollector<E>,
  { signals = ['SIGTERM', 'SIGINT'], timeoutMs = 5_000 }: ProcessLifecycleOptions = {},
): Subscription {
  checkOption('signals', signals, anArray);
  checkOption('timeoutMs', timeoutMs, aDelay());
  const emitter: NodeJS.EventEmitter = process;
  const lifecycle = new Subscription();
  const listen = (event: string, listener: (value: unknown) => void): void => {
    emitter.on(event, Object.assign(listener, { [BRAND]: true }));
    lifecycle.add(() => emitter.off(event, listener));
  };
  const deliverBefore = (event: string, end: () => void): void => {
    if (listenersOf(emitter, event).others) void collector.flush({ timeoutMs });
    else
      void collector.shutdown({ timeoutMs }).then(() => {
        lifecycle.unsubscribe();
        // Of several collectors the last one ends it.
        if (!listenersOf(emitter, event).ours) end();
      });
  };

  listen('beforeExit', () => void collector.shutdown({ timeoutMs }));
  listen('exit', () => void collector.flush());
  let isSecond = false;
  for (const signal of signals) {
    const again = (): void => {
      process.kill(process.pid, signal);
    };
    listen(signal, () => {
      if (isSecond && !listenersOf(emitter, signal).others) {
        lifecycle.unsubscribe();
        again();
      } else deliverBefore(signal, again);
      isSecond = true;
    });
  }
  listen('uncaughtException', (error) => {
    deliverBefore('uncaughtException', () => {
      process.nextTick(() => {
        throw error;
      });
    });
  });
  lifecycle.add(
    collector.events$.subscribe({
      complete: () => {
        lifecycle.unsubscribe();
      },
    }),
  );
  return lifecycle;
}

/** Known to other copies of the package, too. */
const BRAND = Symbol.for('rx-event-collector/process-lifecycle@1');

/** Whether collectors listen, and whether anybody else does. */
function listenersOf(emitter: NodeJS.EventEmitter, event: string): { readonly ours: boolean; readonly others: boolean } {
  const listeners = emitter.listeners(event);
  return { ours: listeners.some((each) => BRAND in each), others: listeners.some((each) => !(BRAND in each)) };
}
