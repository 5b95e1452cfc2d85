import { catchError, EMPTY, isObservable, Observable, Subject, throwError, type MonoTypeOperatorFunction } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature, type Kernel } from '../collector/kernel.js';
import type { StagesPlace } from '../collector/publisher.js';
import type { AnalyticsEvent } from '../event/event.js';
import { faultOf } from '../event/fault-of.js';
import { withSession } from '../event/with-session.js';
import { aFunction, checkArgument, isObject } from '../internal/check-option.js';
import type { DropReason } from '../ledger/drop-reason.js';
import { tryGet } from '../internal/try-get.js';
import { streamOf } from '../internal/stream-of.js';
import { dropInStages, leaveStages } from '../ledger/ledger.js';
import { fillOnce } from './fill-once.js';

/**
 * Applies the user's own operators, in order, between redaction and `events$`.
 *
 * ```
 * accepted   -a-b-c-d-|
 *            withStages(debounceTime(2), map(addRoute))
 * events$    -------D-|
 * ```
 *
 * A stage that errors is reported and subscribed to again. An emitted value that is not a complete event (id, type, category, priority, timestamp,
 * metadata and weight) is dropped as `'stage_error'`. If a stage completes early, later events are dropped as `'stage_completed'`. A flush doesn't
 * wait for events inside stages; `inStages` in its report counts them.
 *
 * @throws TypeError for a stage that is not a function, or does not return an Observable
 */
export function withStages<E extends AnalyticsEvent = AnalyticsEvent>(
  ...stages: readonly MonoTypeOperatorFunction<E>[]
): CollectorFeature<void, E> {
  stages.forEach((stage, index) => {
    checkArgument(`stages[${String(index)}]`, stage, aFunction);
  });
  return kernelFeature((kernel) => {
    if (stages.length === 0) return;
    fillOnce(kernel.publisher.stages !== undefined, 'withStages');
    kernel.facts.stages = stages.length;
    kernel.recorder.ledger.hasStages = true;
    kernel.publisher.stages = new Stages(stages, kernel);
  });
}

const RETURNS_OBSERVABLE = { expected: 'an operator, which returns an Observable', accepts: isObservable };

class Stages<E extends AnalyticsEvent> implements StagesPlace<E> {
  readonly #kernel: Kernel<E>;
  readonly #source = new Subject<E>();
  readonly #output$: Observable<E>;
  #isEnding = false;
  #isCompleted = false;
  #onEnd: (() => void) | undefined;
  #hasEnded = false;
  /** The stages are being subscribed to: after an error now, another subscription would fail the same way. */
  #isStarting = false;
  /** The event that is being passed in right now, until the stages emit it. */
  #current: E | undefined;

  constructor(stages: readonly MonoTypeOperatorFunction<E>[], kernel: Kernel<E>) {
    this.#kernel = kernel;
    const staged$ = stages.reduce<Observable<E>>((event$, stage, index) => {
      let output$: Observable<E>;
      try {
        output$ = stage(event$);
      } catch (error) {
        // Reported when the stages are subscribed to.
        return throwError(() => error);
      }
      checkArgument(`stages[${String(index)}]`, output$, RETURNS_OBSERVABLE);
      return output$;
    }, streamOf(this.#source));
    const starting$ = new Observable<E>((subscriber) => {
      this.#isStarting = true;
      staged$.subscribe(subscriber);
      this.#isStarting = false;
    });
    this.#output$ = starting$.pipe(
      catchError((error: unknown, again$) => {
        const event = this.#isStarting ? undefined : this.#current;
        kernel.recorder.diagnostics?.callbackError('stage', error);
        if (event !== undefined) this.drop(event, 'stage_error', error);
        return this.#isEnding || this.#isStarting ? EMPTY : again$;
      }),
    );
  }

  get obstacle(): 'stage_completed' | undefined {
    return this.#isCompleted ? 'stage_completed' : undefined;
  }

  get size(): number {
    const { stagesIn, stagesOut } = this.#kernel.recorder.ledger;
    return this.#isCompleted ? 0 : Math.max(0, stagesIn - stagesOut);
  }

  start(): void {
    const { trampoline } = this.#kernel;
    const subscription = this.#output$.subscribe({
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
    this.#kernel.onComplete(() => {
      subscription.unsubscribe();
    });
  }

  next(event: E): void {
    if (this.#isCompleted) {
      this.drop(event, 'stage_completed');
      return;
    }
    this.#kernel.recorder.settlements?.enterStages(event);
    this.#current = event;
    this.#source.next(event);
    this.#current = undefined;
  }

  end(onEnd: () => void): void {
    this.#isEnding = true;
    this.#source.complete();
    if (this.#hasEnded) onEnd();
    else this.#onEnd = onEnd;
  }

  drop(event: unknown, reason: DropReason, error?: unknown): void {
    const { recorder } = this.#kernel;
    dropInStages(recorder.ledger, reason);
    recorder.settlements?.reject(event, reason);
    recorder.report(1, reason, error);
  }

  /** Publishes an event that the stages have emitted. */
  #publish(emitted: E): void {
    const { admission, publisher, recorder, sessionId } = this.#kernel;
    if (!isObject(emitted)) {
      this.drop(emitted, 'stage_error', new TypeError('Expected a stage to emit events'));
      return;
    }
    // If the stages fail later, this event is not lost.
    if (emitted === this.#current || tryGet(() => emitted.id) === this.#current?.id) this.#current = undefined;
    const event = recorder.settlements?.leaveStages(emitted) ?? emitted;
    if (admission.consent?.isDenied) this.drop(event, 'consent');
    else if (publisher.hold?.obstacle !== undefined) this.drop(event, publisher.hold.obstacle);
    else {
      let complete: E;
      try {
        const fault = faultOf(event, event.weight);
        if (fault !== undefined) throw new TypeError(`Expected a stage to emit complete events, got ${fault}`);
        complete = withSession(event, sessionId);
      } catch (error) {
        this.drop(event, 'stage_error', error);
        return;
      }
      complete = recorder.settlements?.replace(event, complete) ?? complete;
      leaveStages(recorder.ledger);
      publisher.emit(complete);
    }
  }
}
