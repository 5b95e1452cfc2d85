import type { EventBatch } from '../event/event.js';
import { batchOf } from '../event/batch-of.js';
import type { Subscription } from 'rxjs';
import type { DropReason } from '../ledger/drop-reason.js';

/** A batch on its way through one lane: what is left of it, and what has been tried. */
export class Consignment<E> {
  /** The place in the lane's order. The halves of a batch that was too large share it. */
  readonly order: number;
  /** What the next attempt sends; kept apart from the shared batch as soon as it differs. */
  #batch: EventBatch<E>;
  /** The id under which the sink saw these events last. */
  #attemptedId: string | undefined;
  /** Attempts so far; a half starts anew. */
  attempts = 0;
  /** When the first attempt began, in the clock's milliseconds. */
  firstAttemptAt: number | undefined;
  #isSettled = false;
  /** An attempt is running: its events can't be evicted. */
  isInFlight = false;
  /** It was to be dropped while it was in flight. */
  dropsOnFailure: DropReason | undefined;
  /** Shutdown leaves no time for another wait: the next failure is final. */
  isLastAttempt = false;
  /** The attempt or wait that occupies one of the lane's places. */
  subscription: Subscription | undefined;

  /** @param wasAttempted the sink has seen the batch before: it was a dead letter */
  constructor(batch: EventBatch<E>, order: number, wasAttempted = false) {
    this.#batch = batch;
    this.order = order;
    if (wasAttempted) this.#attemptedId = batch.id;
  }

  /** It has left the lane: every event of it was delivered, failed or dropped. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get batch(): EventBatch<E> {
    return this.#batch;
  }

  get size(): number {
    return this.#batch.events.length;
  }

  begin(now: number): void {
    this.#attemptedId = this.#batch.id;
    this.attempts += 1;
    this.firstAttemptAt ??= now;
    this.isInFlight = true;
  }

  /** Lets go of the events, so that a list which still names this consignment doesn't keep them alive. */
  settle(): void {
    this.#isSettled = true;
    this.isInFlight = false;
    this.#batch = { ...this.#batch, events: [] };
  }

  /** Keeps these events only. What differs from what the sink has seen is another batch: it gets an id of its own. */
  keep(events: readonly E[], newId: () => string): void {
    if (events.length === this.size) return;
    this.#batch = this.#attemptedId === this.#batch.id ? this.#child(events, newId) : batchOf({ ...this.#batch, events: [...events] });
  }

  /** A batch of some of these events, for a delivery that tells of them. */
  part(events: readonly E[]): EventBatch<E> {
    return events.length === this.size ? this.#batch : batchOf({ ...this.#batch, events: [...events] });
  }

  /** Splits the first half off, as a consignment at the same place. */
  splitFirstHalf(newId: () => string): Consignment<E> {
    const { events } = this.#batch;
    const middle = Math.ceil(events.length / 2);
    const first = new Consignment(this.#child(events.slice(0, middle), newId), this.order);
    first.#attemptedId = this.#attemptedId;
    first.firstAttemptAt = this.firstAttemptAt;
    first.isLastAttempt = this.isLastAttempt;
    first.dropsOnFailure = this.dropsOnFailure;
    this.#batch = this.#child(events.slice(middle), newId);
    this.attempts = 0;
    return first;
  }

  #child(events: readonly E[], newId: () => string): EventBatch<E> {
    return batchOf({ ...this.#batch, id: newId(), parentId: this.#attemptedId, events: [...events] });
  }
}
