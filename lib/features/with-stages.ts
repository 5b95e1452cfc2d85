import { catchError, EMPTY, Observable, Subject, type MonoTypeOperatorFunction, type Subscription } from 'rxjs';
import { kernelFeature, type CollectorFeature } from '../collector/collector-context.js';
import type { Kernel } from '../collector/kernel.js';
import type { StagesPlace } from '../collector/publisher.js';
import type { AnalyticsEvent } from '../event/event.js';
import { withSession } from '../event/with-session.js';
import { aFunction, checkArgument, isObject } from '../internal/check-option.js';

/**
 * Applies the user's own operators, in order, between redaction and `events$`.
 *
 * ```
 * accepted   -a-b-c-d-|
 *            withStages(debounceTime(2), map(addRoute))
 * events$    -------D-|
 * ```
 *
 * A stage that errors is reported and subscribed to again. One that completes early makes later events `'stage_completed'`. A flush doesn't wait
 * for events inside stages; `inStages` of its report counts them.
 *
 * @throws TypeError for a stage that is not a function
 */
export function withStages<E extends AnalyticsEvent = AnalyticsEvent>(
  ...stages: readonly MonoTypeOperatorFunction<E>[]
): CollectorFeature<void, E> {
  stages.forEach((stage, index) => {
    checkArgument(`stages[${String(index)}]`, stage, aFunction);
  });
  return kernelFeature((kernel) => {
    kernel.claim('withStages()');
    if (stages.length === 0) return;
    kernel.facts.stages = stages.length;
    kernel.recorder.ledger.hasStages = true;
    kernel.publisher.stages = new Stages(stages, kernel);
  });
}

class Stages<E extends AnalyticsEvent> implements StagesPlace<E> {
  readonly #kernel: Kernel<E>;
  readonly #source = new Subject<E>();
  readonly #output$: Observable<E>;
  #subscription: Subscription | undefined;
  #isEnding = false;
  #isCompleted = false;
  #onEnd: (() => void) | undefined;
  #hasEnded = false;
  /** The stages are being subscribed to: an error now would only repeat itself. */
  #isStarting = false;
  /** An event is being passed in right now. */
  #isBusy = false;

  constructor(stages: readonly MonoTypeOperatorFunction<E>[], kernel: Kernel<E>) {
    this.#kernel = kernel;
    this.#output$ = new Observable<E>((subscriber) => {
      this.#isStarting = true;
      stages.reduce<Observable<E>>((event$, stage) => stage(event$), this.#source.asObservable()).subscribe(subscriber);
      this.#isStarting = false;
    }).pipe(
      catchError((error: unknown, again$) => {
        const hasEvent = this.#isBusy && !this.#isStarting;
        kernel.recorder.recordThrown('stage', error);
        if (hasEvent) kernel.recorder.recordDroppedInStages('stage_error', error);
        return this.#isEnding || this.#isStarting ? EMPTY : again$;
      }),
    );
  }

  get isCompleted(): boolean {
    return this.#isCompleted;
  }

  start(): void {
    const { trampoline } = this.#kernel;
    this.#subscription = this.#output$.subscribe({
      next: (event) => {
        trampoline.enter(() => {
          this.#publish(event);
        });
      },
      complete: () => {
        this.#isCompleted = true;
        trampoline.enter(() => {
          this.#hasEnded = true;
          this.#onEnd?.();
        });
      },
    });
  }

  next(event: E): void {
    this.#isBusy = true;
    this.#source.next(event);
    this.#isBusy = false;
  }

  end(onEnd: () => void): void {
    this.#isEnding = true;
    this.#source.complete();
    if (this.#hasEnded) onEnd();
    else this.#onEnd = onEnd;
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }

  /** An event came out of the stages. */
  #publish(event: E): void {
    const { admission, publisher, recorder, sessionId } = this.#kernel;
    if (!isObject(event)) recorder.recordDroppedInStages('stage_error', new TypeError('Expected a stage to emit events'));
    else if (admission.isDenied) recorder.recordDroppedInStages('consent');
    else if (publisher.isHolding && publisher.hold?.isFull) recorder.recordDroppedInStages('no_sink');
    else {
      let complete: E;
      try {
        complete = withSession(event, sessionId);
      } catch (error) {
        recorder.recordDroppedInStages('stage_error', error);
        return;
      }
      recorder.ledger.leaveStages();
      publisher.emit(complete);
    }
  }
}
