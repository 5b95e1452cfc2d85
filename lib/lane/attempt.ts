import { defer, isObservable, type ObservableInput, type Subscription } from 'rxjs';
import { tryGet } from '../internal/try-get.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';

/**
 * The context of one attempt to deliver a batch, which is passed to the sink.
 *
 * The signal is created when it is read: an `AbortController` takes longer than the rest of an attempt, and few sinks read it.
 */
export class Attempt implements AttemptContext {
  readonly attempt: number;
  readonly #onAbort: (() => void)[] = [];
  #controller: AbortController | undefined;
  #isAborted = false;

  constructor(attempt: number) {
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      guardListeners(this.#controller.signal);
    }
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Calls back when the attempt is aborted, without the cost of a signal. */
  readonly onAbort = (work: () => void): void => {
    if (this.#isAborted) work();
    else this.#onAbort.push(work);
  };

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
    // An error thrown by a callback doesn't affect the lane.
    for (const work of this.#onAbort.splice(0)) tryGet(work);
  }
}

/**
 * Catches errors of a signal's listeners: the platform would report them as uncaught exceptions, which end a Node process. It can't catch errors of
 * `onabort` and of signals that are derived from this one.
 */
function guardListeners(signal: AbortSignal): void {
  const guarded = new WeakMap<object, EventListener>();
  for (const method of ['addEventListener', 'removeEventListener'] as const) {
    const original = signal[method].bind(signal) as (type: string, listener: unknown, options?: unknown) => void;
    signal[method] = (type: string, listener: EventListenerOrEventListenerObject | null, options?: unknown) => {
      // Each listener needs a single wrapper, so that it is registered once and can be removed.
      const safe =
        listener &&
        (guarded.get(listener) ??
          ((event: Event) => {
            tryGet(() => {
              if (typeof listener === 'function') listener.call(signal, event);
              else listener.handleEvent(event);
            });
          }));
      if (listener && safe) guarded.set(listener, safe);
      original(type, safe, options);
    };
  }
}

/**
 * Subscribes to the answer of a sink's `process`, `flush` or `close`.
 *
 * @param onEnd called once; without an argument on success
 */
export function observeAnswer(
  answer: ObservableInput<unknown>,
  onEnd: (failure?: { readonly error: unknown }) => void,
): Subscription | undefined {
  // Most answers are promises. Calling `then` takes a tenth of the time of an Observable.
  if (answer instanceof Promise) {
    try {
      answer.then(
        () => {
          onEnd();
        },
        (error: unknown) => {
          onEnd({ error });
        },
      );
    } catch (error) {
      // A subclass may throw here.
      onEnd({ error });
    }
    return undefined;
  }
  // `defer` converts an ObservableInput; `from` would add the code for schedulers to the bundle.
  return defer(() => answer).subscribe({
    error: (error: unknown) => {
      onEnd({ error });
    },
    complete: () => {
      onEnd();
    },
  });
}

/**
 * Whether RxJS can subscribe to it: an Observable, a promise, an iterable of either kind, a stream. Any other answer counts as success: a sink may
 * return the result of `push` or of a database driver.
 */
export const isObservableInput = (value: unknown): value is ObservableInput<unknown> => {
  const { observable = '@@observable' } = Symbol as { readonly observable?: symbol };
  return (
    isObservable(value) ||
    (Object(value) === value &&
      ['then', observable, 'getReader', Symbol.iterator, Symbol.asyncIterator].some(
        (method) => typeof (value as Record<string | symbol, unknown>)[method] === 'function',
      ))
  );
};

/** Calls a sink's `flush` or `close`, if it has one. `onEnd` is called once, as in `observeAnswer`. */
export function callSink(
  sink: EventSink<never>,
  method: 'flush' | 'close',
  onEnd: (failure?: { readonly error: unknown }) => void,
): Subscription | undefined {
  try {
    const answer: unknown = sink[method]?.();
    if (isObservableInput(answer)) return observeAnswer(answer, onEnd);
  } catch (error) {
    onEnd({ error });
    return undefined;
  }
  onEnd();
  return undefined;
}
