import {
  defer,
  EMPTY,
  finalize,
  from,
  identity,
  ignoreElements,
  isObservable,
  tap,
  timeout,
  throwError,
  type Observable,
  type ObservableInput,
  type SchedulerLike,
} from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';

/**
 * One attempt at delivering one batch, as its sink sees it.
 *
 * It makes the signal when it is asked for: a controller costs more than the rest of an attempt, and few sinks look.
 */
export class Attempt implements AttemptContext {
  readonly attempt: number;
  #controller: AbortController | undefined;

  constructor(attempt: number) {
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    return this.#abortable().signal;
  }

  /**
   * How the attempt ends: completes on success, errors with whatever the sink failed with; `undefined` for one that has succeeded already.
   *
   * The signal is aborted whenever the attempt ends otherwise than by the sink's own answer: on timeout and on unsubscription. An answer that
   * comes later finds nobody listening.
   */
  outcomeOf(answer: ReturnType<EventSink['process']>, timeoutMs: number, scheduler: SchedulerLike): Observable<never> | undefined {
    // What nobody can wait for is no answer: a sink that returns what `push` or a database driver returned has succeeded, too.
    if (!isObservableInput(answer)) return undefined;
    let isAnswered = false;
    const onAnswer = (): void => {
      isAnswered = true;
    };
    return from(answer).pipe(
      tap({ complete: onAnswer, error: onAnswer }),
      ignoreElements(),
      // Inside of the timeout: a sink is told to stop before anybody acts on its silence.
      finalize(() => {
        if (!isAnswered) this.#abortable().abort();
      }),
      // No element passes, so that `first` bounds the whole attempt; `each` would start anew at every emission.
      timeoutMs === Infinity
        ? identity
        : timeout({
            first: timeoutMs,
            scheduler,
            with: () => throwError(() => new SinkError('timeout', `No answer within ${String(timeoutMs)} ms`)),
          }),
    );
  }

  #abortable(): AbortController {
    return (this.#controller ??= new AbortController());
  }
}

/** Runs a sink's `flush` or `close`, where it has one: completes on success, and errors like an attempt. */
export const housekeeping = (sink: EventSink<never>, task: 'flush' | 'close'): Observable<never> =>
  defer(() => {
    const answer: unknown = sink[task]?.();
    return isObservableInput(answer) ? from(answer).pipe(ignoreElements()) : EMPTY;
  });

/** Whether `from` takes it: an Observable, a promise, an iterable of either kind, a stream. */
const isObservableInput = (value: unknown): value is ObservableInput<unknown> => {
  const { observable = '@@observable' } = Symbol as { readonly observable?: symbol };
  return (
    isObservable(value) ||
    (Object(value) === value &&
      ['then', observable, 'getReader', Symbol.iterator, Symbol.asyncIterator].some(
        (method) => typeof (value as Record<string | symbol, unknown>)[method] === 'function',
      ))
  );
};
