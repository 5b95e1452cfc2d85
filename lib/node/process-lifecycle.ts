import { constants } from 'node:os';
import { firstValueFrom, NEVER, race, Subscription, timer } from 'rxjs';
import { aCollector } from '../collector/a-collector.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { aDelay, checkArgument, type Expectation } from '../internal/check-option.js';

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
 * @throws TypeError for what is no collector, or an option outside its range
 */
export function withProcessLifecycle<E extends AnalyticsEvent>(
  collector: EventCollector<E>,
  options: ProcessLifecycleOptions = {},
): Subscription {
  checkArgument('collector', collector, aCollector);
  checkKeys(options, { signals: true, timeoutMs: true });
  const { signals = ['SIGTERM', 'SIGINT'], timeoutMs = 5_000 } = options;
  checkArgument('signals', signals, signalsToHear);
  checkArgument('timeoutMs', timeoutMs, aDelay());
  const emitter: NodeJS.EventEmitter = process;
  const lifecycle = new Subscription();
  const state: State = { isEnding: false };
  const listen = (event: string, listener: (value: unknown) => void): void => {
    emitter.on(event, Object.assign(listener, { [BRAND]: state }));
    lifecycle.add(() => emitter.off(event, listener));
  };
  const deliverBefore = (event: string, end: () => void): void => {
    if (listenersOf(emitter, event).others) {
      void collector.flush({ timeoutMs });
      return;
    }
    state.isEnding = true;
    // A shutdown that was under way already may have a later deadline.
    const timeUp$ = timeoutMs === Infinity ? NEVER : timer(timeoutMs);
    void firstValueFrom(race(collector.shutdown({ timeoutMs }), timeUp$), { defaultValue: undefined }).then(() => {
      lifecycle.unsubscribe();
      // Of several collectors the last one ends it.
      if (!listenersOf(emitter, event).ending) end();
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
const BRAND: unique symbol = Symbol.for('rx-event-collector/process-lifecycle@1');

interface State {
  /** It has a collector deliver, and the end that is due is to wait for it. */
  isEnding: boolean;
}

/** Whether the end has to wait for other collectors, and whether anybody else listens. One that came later has not heard of it: it will. */
function listenersOf(emitter: NodeJS.EventEmitter, event: string): { readonly ending: boolean; readonly others: boolean } {
  const states = emitter.listeners(event).map((each) => (each as { readonly [BRAND]?: State })[BRAND]);
  return { ending: states.some((state) => state?.isEnding === true), others: states.includes(undefined) };
}

const signalsToHear: Expectation = {
  expected: 'a list of signals that a process can listen for',
  accepts: (value) => Array.isArray(value) && value.every((each: unknown) => UNHEARD.every((signal) => each !== signal) && isSignal(each)),
};
const UNHEARD = ['SIGKILL', 'SIGSTOP'] as const;
const isSignal = (value: unknown): boolean => typeof value === 'string' && Object.hasOwn(constants.signals, value);
