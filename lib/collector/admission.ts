import type { ConsentState } from '../consent/consent-gate.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { Trampoline } from '../internal/trampoline.js';
import type { RejectReason } from '../ledger/drop-reason.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { EventProcessor } from './event-processor.js';
import type { Publisher } from './publisher.js';
import type { Recorder } from './recorder.js';

/** The deepest chain of `collect` calls made from the callbacks of subscribers and sinks. */
export const MAX_CHAIN = 10_000;
/** The deepest nesting of `collect` calls made from inside an enricher, rule, sampler or validator: such calls grow the stack. */
const MAX_NESTING = 32;

/** Set by `withConsent`: decides whether an event continues, between `admit` and `sample`. */
export interface ConsentPlace<E> {
  readonly isDenied: boolean;
  readonly state: ConsentState;
  /** Called after each change of the consent. */
  onChange: (() => void) | undefined;
  /** `undefined`: the event continues now. `'held'`: it continues when consent is granted. Otherwise the reason for the rejection. */
  offer(event: E): 'held' | RejectReason | undefined;
  /** Counts a held event, and returns its outcome. */
  recordHeld(): CollectOutcome;
  /** Drops an event that was accepted before consent was denied. */
  dropAccepted(event: E): void;
  /** Drops the newest held events beyond the limit. */
  trim(): void;
  /** Drops the held events and stops holding. Returns the number of dropped events. */
  close(): number;
}

/** Set by `withOverflow(blocking())`: refuses events while a lane is full. */
export interface CapacityPlace<E> {
  hasCapacity(): boolean;
  /** Counts the events of a batch before lanes receive it, so that `hasCapacity` includes them meanwhile. */
  reserve(count: number): void;
  /** Accepts the event when there is capacity (FIFO). */
  wait(event: E): Promise<CollectOutcome>;
  /** Accepts as many waiting events as there is capacity for. */
  admitWaiting(): void;
  /** Ends every wait with this outcome. */
  dismiss(outcome: () => CollectOutcome): void;
}

/**
 * Entry point: decides each event's outcome.
 *
 * A class, like all code on the hot path. With closures, each collector would have its own, and the engine stops inlining a call site that has called
 * several (a sixth of the total cost, from the second collector on).
 */
export class Admission<E extends AnalyticsEvent> {
  consent: ConsentPlace<E> | undefined;
  capacity: CapacityPlace<E> | undefined;
  isClosed = false;
  readonly #recorder: Recorder;
  readonly #trampoline: Trampoline;
  readonly #processor: EventProcessor<E>;
  readonly #publisher: Publisher<E>;
  /** `collect` calls on the stack; all but the first were made from inside a step. */
  #nesting = 0;
  /** `collect` calls since the outermost one. Without a limit, two calls inside each call would add up to 2^32. */
  #nested = 0;

  constructor(recorder: Recorder, trampoline: Trampoline, processor: EventProcessor<E>, publisher: Publisher<E>) {
    this.#recorder = recorder;
    this.#trampoline = trampoline;
    this.#processor = processor;
    this.#publisher = publisher;
  }

  collect(input: unknown): CollectOutcome {
    const event = this.#process(input);
    if (typeof event === 'string') return event;
    const { capacity } = this;
    return capacity === undefined || capacity.hasCapacity() ? this.accept(event) : this.#recorder.recordRejected('backpressure');
  }

  collectAsync(input: unknown): Promise<CollectOutcome> {
    return Promise.resolve(this.offer(input));
  }

  /**
   * Returns a promise if the event waits for capacity.
   *
   * @param follow called with the event when it is captured, and again when its steps have run; returns the object to continue with
   */
  offer(input: unknown, follow?: (event: E) => E): CollectOutcome | Promise<CollectOutcome> {
    const event = this.#process(input, follow);
    if (typeof event === 'string') return event;
    const { capacity } = this;
    return capacity === undefined || capacity.hasCapacity() ? this.accept(event) : capacity.wait(event);
  }

  /** Publishes an event that has passed every step. */
  accept(event: E, depth = this.#trampoline.depth): CollectOutcome {
    const { obstacle } = this.#publisher;
    if (obstacle !== undefined) {
      this.#recorder.settlements?.reject(event, obstacle);
      return this.#recorder.recordRejected(obstacle);
    }
    this.#recorder.ledger.accept();
    this.publish(event, depth + 1);
    return 'accepted';
  }

  /** Runs the steps after consent. `collect` calls from inside them count as nested. */
  refine(event: E): E | undefined {
    this.#nesting += 1;
    const refined = this.#processor.refine(event);
    this.#nesting -= 1;
    const { settlements } = this.#recorder;
    return refined !== undefined && settlements !== undefined ? settlements.replace(event, refined) : refined;
  }

  /** Publishes immediately, or after the events that were accepted before. */
  publish(event: E, depth: number): void {
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

  /** Turns a caller's input into an event that may be accepted, or records and returns its outcome. */
  #process(input: unknown, follow?: (event: E) => E): E | CollectOutcome {
    const recorder = this.#recorder;
    const processor = this.#processor;
    const { consent } = this;
    if (this.isClosed) return recorder.recordClosed();
    this.#nested = this.#nesting === 0 ? 0 : this.#nested + 1;
    if (this.#trampoline.depth >= MAX_CHAIN || this.#nesting >= MAX_NESTING || this.#nested > MAX_CHAIN)
      return recorder.recordRejected('reentrancy');
    this.#nesting += 1;
    let event = processor.capture(input);
    if (event !== undefined && follow !== undefined) event = follow(event);
    let verdict: 'held' | RejectReason | undefined;
    // A user's callback may have shut the collector down.
    if (event !== undefined && !this.isClosed) {
      verdict = consent?.offer(event);
      if (verdict === undefined) {
        event = processor.refine(event);
        if (event !== undefined && follow !== undefined) event = follow(event);
      }
    }
    this.#nesting -= 1;
    if (this.isClosed) return recorder.recordClosed();
    if (event === undefined) return recorder.recordRejected(processor.rejection, processor.error);
    if (consent === undefined) return event;
    if (verdict === 'held') return consent.recordHeld();
    // A step may have led to a denial of consent.
    if (consent.isDenied) verdict ??= 'filtered';
    return verdict === undefined ? event : recorder.recordRejected(verdict);
  }

  /** Separate from `publish`, so that `publish` allocates no closure: it rarely needs one. */
  #publishLater(event: E, depth: number): void {
    this.#trampoline.defer(() => {
      const { consent } = this;
      if (consent?.isDenied) consent.dropAccepted(event);
      else this.#publisher.next(event);
    }, depth);
  }
}
