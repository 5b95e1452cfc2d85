import type { Observable, Subscription } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { ConsentGate, type ConsentState } from '../consent/consent-gate.js';
import { Deque } from '../internal/deque.js';
import type { Trampoline } from '../internal/trampoline.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { Recorder } from './recorder.js';
import type { EventProcessor } from './event-processor.js';
import type { Publisher } from './publisher.js';
import type { Parts } from './parts.js';
import type { SinkRegistry } from './sink-registry.js';

/** How deep a chain of collects may grow that subscribers, sinks and the like make from their callbacks. */
export const MAX_CHAIN = 10_000;
/** How deep collects may be nested that are made from inside an enricher, rule, sampler or validator: those do grow the stack. */
const MAX_NESTING = 32;
const CONSENT_MAX_AGE_MS = 30 * 60_000;

export interface AdmissionParts<E extends AnalyticsEvent> extends Parts {
  readonly processor: EventProcessor<E>;
  readonly publisher: Publisher<E>;
  readonly seats: SinkRegistry<E>;
}

/**
 * Where events come in, and where it is said what becomes of them.
 *
 * A class, like all that every event passes: the closures of one collector are not those of the next, and a call that has met several isn't
 * inlined any more (a sixth of the whole, from the second collector on).
 */
export class Admission<E extends AnalyticsEvent> {
  readonly #parts: AdmissionParts<E>;
  // The parts that every event meets have fields of their own: objects made by spreading differ in their hidden classes from one collector to
  // the next, and code that has met several of them is optimized no more (a sixth of the whole).
  readonly #recorder: Recorder;
  readonly #trampoline: Trampoline;
  readonly #processor: EventProcessor<E>;
  readonly #publisher: Publisher<E>;
  readonly #seats: SinkRegistry<E>;
  /** Who waits outside for room, first come, first served: in nobody's books yet. */
  readonly #waiting = new Deque<{
    readonly event: E;
    /** Of the chain that it is a part of: to wait is not to start anew. */
    readonly depth: number;
    readonly leave: (outcome: CollectOutcome) => void;
  }>();
  #gate: ConsentGate<E> | undefined;
  #consentSubscription: Subscription | undefined;
  /** How many collects are on the stack, each but the first made from inside a step. */
  #nesting = 0;
  /** How many there were since the first of them: two in each would otherwise make 2 to the 32nd. */
  #nested = 0;
  #isClosed = false;

  constructor(parts: AdmissionParts<E>) {
    this.#parts = parts;
    this.#recorder = parts.recorder;
    this.#trampoline = parts.trampoline;
    this.#processor = parts.processor;
    this.#publisher = parts.publisher;
    this.#seats = parts.seats;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isDenied(): boolean {
    return this.consent === 'denied';
  }

  /** `undefined` where consent is not asked for. */
  get consent(): ConsentState | undefined {
    return this.#gate?.state;
  }

  collect(input: unknown): CollectOutcome {
    const taken = this.#take(input);
    if (typeof taken === 'string') return taken;
    return this.#hasRoom() ? this.#accept(taken) : this.#recorder.reject('backpressure');
  }

  collectAsync(input: unknown): Promise<CollectOutcome> {
    const taken = this.#take(input);
    if (typeof taken === 'string') return Promise.resolve(taken);
    if (this.#hasRoom()) return Promise.resolve(this.#accept(taken));
    const awake = this.#parts.awake$.subscribe();
    const outcome = new Promise<CollectOutcome>((resolve) => {
      const leave = (outcome: CollectOutcome): void => {
        awake.unsubscribe();
        resolve(outcome);
      };
      this.#waiting.push({ event: taken, depth: this.#trampoline.depth, leave });
    });
    this.admitWaiting();
    return outcome;
  }

  /** Lets in, in order, whoever there is room for now. */
  admitWaiting(): void {
    if (this.#waiting.length === 0) return;
    const { trampoline, seats, recorder, cut } = this.#parts;
    trampoline.defer(() => {
      while (this.#waiting.length > 0 && seats.hasRoom(recorder.ledger.awaitingBatch)) {
        const first = this.#waiting.shift();
        first?.leave(this.#accept(first.event, first.depth));
      }
      // When all that fills a lane is the open batch, waiting for it to fill up would be waiting for ever.
      trampoline.defer(
        () => {
          if (this.#waiting.length > 0 && seats.isBlockedByOpenBatch(recorder.ledger.awaitingBatch)) cut();
        },
        this.#waiting.at(0)?.depth ?? 0,
      );
    }, 0);
  }

  /** From now on events need consent. */
  follow(consent$: Observable<ConsentState>): void {
    const { recorder, trampoline, scheduler, maxHeld } = this.#parts;
    const gate = new ConsentGate<E>({
      get maxHeld() {
        return maxHeld();
      },
      maxAgeMs: CONSENT_MAX_AGE_MS,
      scheduler,
      release: (event) => {
        this.#release(event);
      },
      lose: () => {
        recorder.rejectHeld('consent');
      },
    });
    this.#gate = gate;
    this.#consentSubscription = consent$.subscribe({
      next: (consent) => {
        // Heeded at once by whoever comes in; what is inside already follows in its turn.
        const refused = gate.setConsent(consent);
        trampoline.defer(() => {
          this.#rejectHeld(refused, 'consent');
          gate.release();
          if (consent === 'denied') this.#purge();
        }, trampoline.depth);
      },
      error: (error: unknown) => {
        recorder.threw('consent$', error);
      },
    });
  }

  /** Drops the newest of what awaits consent, as far as it is more than may be held by now. */
  trimHeld(): void {
    this.#rejectHeld(this.#gate?.trim() ?? [], 'consent');
  }

  /** No event comes in any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Sends away who waits outside, and drops what awaits consent; gives the number of those. */
  clear(): number {
    const { recorder } = this.#parts;
    this.#dismiss(() => recorder.refuse());
    const held = this.#gate?.close() ?? [];
    this.#rejectHeld(held, 'shutdown');
    return held.length;
  }

  /** Heeds consent no more: nothing is left that it could concern. */
  stop(): void {
    this.#consentSubscription?.unsubscribe();
  }

  /** From a caller's input to an event that may be accepted; or its outcome, booked. */
  #take(input: unknown): E | CollectOutcome {
    const recorder = this.#recorder;
    const processor = this.#processor;
    if (this.#isClosed) return recorder.refuse();
    this.#nested = this.#nesting === 0 ? 0 : this.#nested + 1;
    if (this.#trampoline.depth >= MAX_CHAIN || this.#nesting >= MAX_NESTING || this.#nested > MAX_CHAIN)
      return recorder.reject('reentrancy');
    this.#nesting += 1;
    let event = processor.admit(input);
    let fate: ReturnType<ConsentGate<E>['offer']> = 'pass';
    // The user's code that ran may have shut the collector down.
    if (event !== undefined && !this.#isClosed) {
      if (this.#gate !== undefined) fate = this.#gate.offer(event);
      if (fate === 'pass') event = processor.refine(event, this.#gate === undefined);
    }
    this.#nesting -= 1;
    if (this.#isClosed) return recorder.refuse();
    if (event === undefined) return recorder.reject(processor.rejection, processor.error);
    if (fate === 'held') {
      recorder.ledger.holdForConsent();
      recorder.changed();
      return 'accepted';
    }
    if (fate !== 'pass') return recorder.reject(fate);
    // A step may have had consent denied.
    return this.isDenied ? recorder.reject('filtered') : event;
  }

  #accept(event: E, depth = this.#trampoline.depth): CollectOutcome {
    const { obstacle } = this.#publisher;
    if (obstacle !== undefined) return this.#recorder.reject(obstacle);
    this.#recorder.ledger.accept();
    this.#publish(event, depth + 1);
    return 'accepted';
  }

  /** Consent has come for an event that was held: it goes on where it stopped. */
  #release(event: E): void {
    const { recorder, processor, publisher } = this.#parts;
    this.#nesting += 1;
    const refined = processor.refine(event);
    this.#nesting -= 1;
    if (refined === undefined) {
      recorder.rejectHeld(processor.rejection, processor.error);
      return;
    }
    const { obstacle } = publisher;
    if (obstacle !== undefined) {
      recorder.rejectHeld(obstacle);
      return;
    }
    recorder.ledger.releaseHeld();
    this.#publish(refined, this.#trampoline.depth + 1);
  }

  /** Now, or when those who came before have had their turn. */
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
    const { trampoline, publisher } = this.#parts;
    trampoline.defer(() => {
      if (this.isDenied) publisher.loseAccepted('consent');
      else publisher.next(event);
    }, depth);
  }

  /** Consent is denied: nothing that is not on the wire yet may go. */
  #purge(): void {
    const { recorder, publisher, seats, cut } = this.#parts;
    publisher.trimEarly(0, 'consent');
    // The open batch passes through the lanes' books, and not to their sinks.
    const paused = [...seats.all.values()];
    for (const { lane } of paused) lane.pause();
    cut();
    for (const { lane } of seats.all.values()) lane.purge('consent');
    for (const { lane } of paused) lane.resume();
    this.#dismiss(() => recorder.reject('filtered'));
  }

  #hasRoom(): boolean {
    const seats = this.#seats;
    return !seats.isBlocking() || (this.#waiting.length === 0 && seats.hasRoom(this.#recorder.ledger.awaitingBatch));
  }

  #dismiss(outcome: () => CollectOutcome): void {
    for (const { leave } of this.#waiting.drain()) leave(outcome());
  }

  #rejectHeld(held: readonly E[], reason: 'consent' | 'shutdown'): void {
    for (let count = held.length; count > 0; count -= 1) this.#recorder.rejectHeld(reason);
  }
}
