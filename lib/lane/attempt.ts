import { EMPTY, from, ignoreElements, Observable, tap, timeout, throwError, type ObservableInput, type SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';

/** A sink's `process`, with its batch in hand. */
export type Process = (context: AttemptContext) => ReturnType<EventSink['process']>;

/**
 * One attempt at delivering one batch: completes on success, errors with whatever the sink failed with.
 *
 * The signal is aborted whenever the attempt ends otherwise than by the sink's own answer: on timeout and on unsubscription. An answer
 * that comes later finds nobody listening.
 */
export function attempt(process: Process, count: number, timeoutMs: number, scheduler: SchedulerLike): Observable<never> {
  return new Observable<never>((subscriber) => {
    const context = new Context(count);
    const answer = process(context) as ObservableInput<unknown> | null | undefined;
    // Whatever is not an object can't be an asynchronous answer: a sink that returns what `push` returned has succeeded, too.
    if ((typeof answer !== 'object' && typeof answer !== 'function') || answer === null) {
      subscriber.complete();
      return;
    }
    let isAnswered = false;
    const onAnswer = (): void => {
      isAnswered = true;
    };
    subscriber.add(() => {
      if (!isAnswered) context.abort();
    });
    subscriber.add(within(timeoutMs, scheduler, from(answer).pipe(tap({ complete: onAnswer, error: onAnswer }))).subscribe(subscriber));
  });
}

/** Runs a sink's `flush` or `close`, where it has one: completes on success, and errors like an attempt. */
export function housekeeping(sink: EventSink<never>, task: 'flush' | 'close'): Observable<never> {
  return new Observable<never>((subscriber) => {
    const answer = sink[task]?.() as ObservableInput<unknown> | null | undefined;
    return (typeof answer === 'object' && answer !== null ? from(answer) : EMPTY).pipe(ignoreElements()).subscribe(subscriber);
  });
}

function within(timeoutMs: number, scheduler: SchedulerLike, answer$: Observable<unknown>): Observable<never> {
  const outcome$ = answer$.pipe(ignoreElements());
  if (timeoutMs === Infinity) return outcome$;
  // No element passes, so that `first` bounds the whole attempt; `each` would start anew at every emission.
  return outcome$.pipe(
    timeout({ first: timeoutMs, scheduler, with: () => throwError(() => new SinkError('timeout', `No answer within ${String(timeoutMs)} ms`)) }),
  );
}

/** Makes its signal when it is asked for: a controller costs more than the rest of an attempt, and few sinks look. */
class Context implements AttemptContext {
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

  abort(): void {
    this.#isAborted = true;
    this.#controller?.abort();
  }
}
