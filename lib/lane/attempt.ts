import {
  EMPTY,
  finalize,
  from,
  ignoreElements,
  Observable,
  tap,
  timeout,
  throwError,
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
  #isAborted = false;

  constructor(attempt: number) {
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isAborted) this.#controller.abort();
    return this.#controller.signal;
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
    const outcome$ = from(answer).pipe(
      tap({ complete: onAnswer, error: onAnswer }),
      ignoreElements(),
      // Inside of the timeout: a sink is told to stop before anybody acts on its silence.
      finalize(() => {
        if (!isAnswered) this.#abort();
      }),
    );
    return within(timeoutMs, scheduler, outcome$);
  }

  #abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}

/** Runs a sink's `flush` or `close`, where it has one: completes on success, and errors like an attempt. */
export function housekeeping(sink: EventSink<never>, task: 'flush' | 'close'): Observable<never> {
  return new Observable<never>((subscriber) => {
    const answer = sink[task]?.() as ObservableInput<unknown> | null | undefined;
    return (isObservableInput(answer) ? from(answer) : EMPTY).pipe(ignoreElements()).subscribe(subscriber);
  });
}

function within(timeoutMs: number, scheduler: SchedulerLike, outcome$: Observable<never>): Observable<never> {
  if (timeoutMs === Infinity) return outcome$;
  // No element passes, so that `first` bounds the whole attempt; `each` would start anew at every emission.
  return outcome$.pipe(
    timeout({
      first: timeoutMs,
      scheduler,
      with: () => throwError(() => new SinkError('timeout', `No answer within ${String(timeoutMs)} ms`)),
    }),
  );
}

/** Whether `from` takes it: an Observable, a promise, an iterable of either kind, a stream. */
function isObservableInput(value: unknown): value is ObservableInput<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const { then, subscribe, getReader } = value as Partial<Record<'then' | 'subscribe' | 'getReader', unknown>>;
  return (
    [then, subscribe, getReader].some((method) => typeof method === 'function') || Symbol.asyncIterator in value || Symbol.iterator in value
  );
}
