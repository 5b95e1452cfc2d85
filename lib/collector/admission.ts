import type { AnalyticsEvent } from '../event/event.js';
import type { Trampoline } from '../internal/trampoline.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { EventProcessor } from './event-processor.js';
import type { Publisher } from './publisher.js';
import type { Recorder } from './recorder.js';

/** The deepest chain of collects made from the callbacks of subscribers and sinks. */
export const MAX_CHAIN = 10_000;
/** The deepest nesting of collects made from inside an enricher, rule, sampler or validator: those grow the stack. */
const MAX_NESTING = 32;

/** Place of `withConsent`: decides whether an event continues, between `admit` and `sample`. */
export interface ConsentPlace<E> {
  readonly isDenied: boolean;
  /** `'pass'`: the event continues now; `'held'`: it continues when consent is granted; else the reason why it is rejected. */
  offer(event: E): 'pass' | 'held' | 'filtered' | 'consent';
  /** Drops the newest held events beyond the limit. */
  trim(): void;
  /** Drops what is held, and holds nothing any more. Returns the number of events. */
  close(): number;
}

/** Place of `withOverflow(blocking())`: refuses events while a lane is full. */
export interface CapacityPlace<E> {
  hasCapacity(): boolean;
  /** Accepts the event when there is capacity; first come, first served. */
  wait(event: E): Promise<CollectOutcome>;
  /** Accepts waiting events, as far as there is capacity. */
  admitWaiting(): void;
  /** Ends every wait with this outcome. */
  dismiss(outcome: () => CollectOutcome): void;
}

/**
 * Entry point: decides each event's outcome.
 *
 * A class, as is all that every event meets: the closures of one collector differ from those of the next, and a call that has met several is
 * not inlined any more (a sixth of the whole cost, from the second collector on).
 */
export class Admission<E extends AnalyticsEvent> {
  consent: ConsentPlace<E> | undefined;
  capacity: CapacityPlace<E> | undefined;
  readonly #recorder: Recorder;
  readonly #trampoline: Trampoline;
  readonly #processor: EventProcessor<E>;
  readonly #publisher: Publisher<E>;
  /** Collects on the stack, each but the first made from inside a step. */
  #nesting = 0;
  /** Collects since the first of them: two in each would otherwise make 2 to the 32nd. */
  #nested = 0;
  #isClosed = false;

  constructor(recorder: Recorder, trampoline: Trampoline, processor: EventProcessor<E>, publisher: Publisher<E>) {
    this.#recorder = recorder;
    this.#trampoline = trampoline;
    this.#processor = processor;
    this.#publisher = publisher;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isDenied(): boolean {
    return this.consent?.isDenied === true;
  }

  collect(input: unknown): CollectOutcome {
    const event = this.#process(input);
    if (typeof event === 'string') return event;
    const { capacity } = this;
    return capacity === undefined || capacity.hasCapacity() ? this.accept(event) : this.#recorder.recordRejected('backpressure');
  }

  collectAsync(input: unknown): Promise<CollectOutcome> {
    const event = this.#process(input);
    if (typeof event === 'string') return Promise.resolve(event);
    const { capacity } = this;
    return capacity === undefined || capacity.hasCapacity() ? Promise.resolve(this.accept(event)) : capacity.wait(event);
  }

  /** Publishes an event that has passed every step. */
  accept(event: E, depth = this.#trampoline.depth): CollectOutcome {
    const { obstacle } = this.#publisher;
    if (obstacle !== undefined) return this.#recorder.recordRejected(obstacle);
    this.#recorder.ledger.accept();
    this.#publish(event, depth + 1);
    return 'accepted';
  }

  /** Consent was granted for an event that was held: it continues where it stopped. */
  release(event: E): void {
    const recorder = this.#recorder;
    const processor = this.#processor;
    this.#nesting += 1;
    const refined = processor.refine(event);
    this.#nesting -= 1;
    if (refined === undefined) {
      recorder.recordHeldRejected(processor.rejection, processor.error);
      return;
    }
    const { obstacle } = this.#publisher;
    if (obstacle !== undefined) {
      recorder.recordHeldRejected(obstacle);
      return;
    }
    recorder.ledger.releaseHeld();
    this.#publish(refined, this.#trampoline.depth + 1);
  }

  /** From now on every event is `'closed'`. */
  close(): void {
    this.#isClosed = true;
  }

  /** Ends every wait for capacity or consent. Returns the number of events that were dropped. */
  clear(): number {
    this.capacity?.dismiss(() => this.#recorder.recordClosed());
    return this.consent?.close() ?? 0;
  }

  /** From a caller's input to an event that may be accepted; or its outcome, recorded. */
  #process(input: unknown): E | CollectOutcome {
    const recorder = this.#recorder;
    const processor = this.#processor;
    if (this.#isClosed) return recorder.recordClosed();
    this.#nested = this.#nesting === 0 ? 0 : this.#nested + 1;
    if (this.#trampoline.depth >= MAX_CHAIN || this.#nesting >= MAX_NESTING || this.#nested > MAX_CHAIN)
      return recorder.recordRejected('reentrancy');
    this.#nesting += 1;
    let event = processor.capture(input);
    const { consent } = this;
    let verdict: ReturnType<ConsentPlace<E>['offer']> = 'pass';
    // A user's callback may have shut the collector down.
    if (event !== undefined && !this.#isClosed) {
      if (consent !== undefined) verdict = consent.offer(event);
      if (verdict === 'pass') event = processor.refine(event);
    }
    this.#nesting -= 1;
    if (this.#isClosed) return recorder.recordClosed();
    if (event === undefined) return recorder.recordRejected(processor.rejection, processor.error);
    if (consent === undefined) return event;
    if (verdict === 'held') {
      recorder.ledger.holdForConsent();
      recorder.onChange?.();
      return 'accepted';
    }
    if (verdict !== 'pass') return recorder.recordRejected(verdict);
    // A step may have had consent denied.
    return consent.isDenied ? recorder.recordRejected('filtered') : event;
  }

  /** Now, or after the events that were accepted before. */
  #publish(event: E, depth: number): void {
    const trampoline = this.#trampoline;
    if (trampoline.isRunning) {
      this.#publishLater(event, depth);
      return;
    }
    trampoline.begin(depth);
    try {
      this.#publisher.next(event);
    } catch (error) {
      trampoline.onError(error);
    }
    trampoline.end();
  }

  /** Apart from `#publish`, which would otherwise pay for a closure that it hardly ever needs. */
  #publishLater(event: E, depth: number): void {
    this.#trampoline.defer(() => {
      if (this.isDenied) this.#publisher.dropAccepted('consent');
      else this.#publisher.next(event);
    }, depth);
  }
}
