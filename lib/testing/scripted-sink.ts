import { concat, defer, EMPTY, ignoreElements, NEVER, Observable, tap, throwError, timer, type SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aNonEmptyString, aScheduler, aString, checkArgument } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { AttemptContext, EventSink } from '../sink/sink.js';
import { readScript, type Step } from './script.js';

export interface ScriptedSinkOptions {
  /** The script of `flush`. `fail` means `flush_failed` here. @default 'ok' */
  readonly flush?: string | undefined;
  /** The script of `close`. @default 'ok' */
  readonly close?: string | undefined;
  /** Clock and timers. @default that of the `testCollector` to which it is passed, otherwise `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<ScriptedSinkOptions, 'scheduler'>(() => ({
  flush: [aString, 'ok'],
  close: [aString, 'ok'],
  scheduler: [aScheduler],
}));

/** One call of a scripted sink's `process`. */
export interface ScriptedAttempt<E = AnalyticsEvent> {
  readonly batch: EventBatch<E>;
  /** The number of the attempt, counted by the lane from 1. */
  readonly attempt: number;
  /** When the attempt began, in milliseconds of the scheduler. */
  readonly at: number;
  /** The word of the script for this call. */
  readonly word: string;
}

/**
 * A sink that follows a script, and records its calls. A script consists of words separated by blanks, one for each attempt; the last word is
 * repeated.
 *
 * ```
 * batch      --b----------
 *            scriptedSink('flaky', 'fail:2 late:3 ok:1')     in a lane with a timeout of 4 that retries immediately
 * attempts   --1-2---3----                                   1 fails after 2; 2 is given up after 4; 3 succeeds after 1
 * delivered  ---------b-b-                                   by 3, and by 2, 3 after it was given up
 * ```
 *
 * | word | what the attempt does |
 * |---|---|
 * | `ok` | accepts the batch, and completes |
 * | `fail` | fails with `write_failed` |
 * | `partial` | accepts the first half of the batch, rounded down, and fails with `write_failed` for the others |
 * | `reject` | fails with `rejected` |
 * | `413` | fails with `too_large` |
 * | `429` or `503` | fails with `unavailable`; `429:2000` requests a delay of 2,000 ms |
 * | `late` | accepts the batch after the attempt was abandoned, and never answers before |
 * | `hang` | never answers |
 * | `throw` | throws a plain `Error` synchronously |
 *
 * Answers are immediate, or with a number (`ok:50`, `fail:50`, `late:50`) after that many milliseconds. They are Observables, so they work
 * in virtual time, unlike promises. Unsubscribing cancels a pending answer, except a late one. Aborts of the signal are only
 * counted.
 */
export class ScriptedSink<E = AnalyticsEvent> implements EventSink<E> {
  readonly name: string;
  readonly #script: { readonly process: () => Step; readonly flush: () => Step; readonly close: () => Step };
  readonly #attempts: ScriptedAttempt<E>[] = [];
  readonly #delivered: E[] = [];
  readonly #ownScheduler: SchedulerLike | undefined;
  #scheduler: SchedulerLike;
  #aborted = 0;
  #flushed = 0;
  #closed = 0;

  constructor(name: string, script = 'ok', options?: ScriptedSinkOptions) {
    checkArgument('name', name, aNonEmptyString);
    const { flush, close, scheduler } = OPTIONS.parse(options);
    this.name = name;
    this.#script = { process: readScript('script', script), flush: readScript('flush', flush), close: readScript('close', close) };
    this.#ownScheduler = scheduler;
    this.#scheduler = scheduler ?? backgroundScheduler;
  }

  /** Every call of `process`, oldest first. */
  get attempts(): readonly ScriptedAttempt<E>[] {
    return this.#attempts;
  }

  /** The delivered events in order, with repetitions, and including those of late answers. */
  get delivered(): readonly E[] {
    return this.#delivered;
  }

  /** Number of attempts whose signal was aborted before they answered. */
  get aborted(): number {
    return this.#aborted;
  }

  /** Number of calls of `flush`. */
  get flushed(): number {
    return this.#flushed;
  }

  /** Number of calls of `close`. */
  get closed(): number {
    return this.#closed;
  }

  process(batch: EventBatch<E>, { attempt, signal }: AttemptContext): Observable<never> {
    const step = this.#script.process();
    this.#attempts.push({ batch, attempt, at: this.#scheduler.now(), word: step.word });
    return this.#play(step, batch.events).pipe(
      untilAnswered(signal, () => {
        this.#aborted += 1;
      }),
    );
  }

  flush(): Observable<never> {
    this.#flushed += 1;
    const step = this.#script.flush();
    return this.#play(step.failure === 'write_failed' ? { ...step, failure: 'flush_failed' } : step, []);
  }

  close(): Observable<never> {
    this.#closed += 1;
    return this.#play(this.#script.close(), []);
  }

  /** Uses this scheduler, unless the options have one. `testCollector` calls it for its sinks. */
  runOn(scheduler: SchedulerLike): void {
    this.#scheduler = this.#ownScheduler ?? scheduler;
  }

  #play(step: Step, events: readonly E[]): Observable<never> {
    const scheduler = this.#scheduler;
    const { manner, delayMs = 0 } = step;
    const answer$ = defer(() => this.#answer(step, events));
    switch (manner) {
      case 'answers':
        return delayMs === 0 ? answer$ : concat(timer(delayMs, scheduler).pipe(ignoreElements()), answer$);
      case 'answers late':
        // Never answers; the delay of the late answer starts when the attempt is unsubscribed.
        return new Observable((subscriber) => () => scheduler.schedule(() => answer$.subscribe(subscriber), delayMs));
      case 'hangs':
        return NEVER;
      case 'throws':
        throw new Error(this.#says(step));
    }
  }

  #answer(step: Step, events: readonly E[]): Observable<never> {
    const { takes, failure, retryAfterMs } = step;
    const taken = events.slice(0, Math.floor(events.length * takes));
    this.#delivered.push(...taken);
    if (failure === undefined) return EMPTY;
    const failed = takes > 0 ? { failed: events.slice(taken.length) } : {};
    return throwError(
      () => new SinkError<E>(failure, this.#says(step), { ...failed, ...(retryAfterMs !== undefined && { retryAfterMs }) }),
    );
  }

  #says({ word }: Step): string {
    return `The script of '${this.name}' says \`${word}\``;
  }
}

/**
 * Creates a `ScriptedSink`.
 *
 * @param name unique within a collector
 * @param script a word for each attempt: `ok fail partial reject 413 429 503 late hang throw`, see `ScriptedSink`. @default 'ok'
 * @throws TypeError for an empty name, an unknown word, a number after a word that accepts none, and an invalid or unknown option
 * @example
 * const sink = scriptedSink('flaky', 'fail ok');
 * const { collector, flush } = testCollector({ sinks: [sink] });
 * collector.track('feature_used', { feature: 'search' });
 * flush();
 * expect(sink.attempts.map(({ word }) => word)).to.deep.equal(['fail', 'ok']);
 */
export function scriptedSink<E = AnalyticsEvent>(name: string, script?: string, options?: ScriptedSinkOptions): ScriptedSink<E> {
  return new ScriptedSink<E>(name, script, options);
}

/** Calls back when the signal is aborted before the source has answered. */
function untilAnswered(signal: AbortSignal, onAbort: () => void) {
  return (source: Observable<never>): Observable<never> =>
    defer(() => {
      if (signal.aborted) onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const ignore = (): void => {
        signal.removeEventListener('abort', onAbort);
      };
      return source.pipe(tap({ complete: ignore, error: ignore }));
    });
}
