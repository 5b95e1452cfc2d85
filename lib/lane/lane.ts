import type { Observable, SchedulerLike } from 'rxjs';
import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { LaneBooks } from '../ledger/lane-books.js';
import type { EventSink } from '../sink/sink.js';
import type { BreakerState } from './circuit-breaker.js';
import type { Delivery } from './delivery.js';
import type { LaneOptions } from './lane-options.js';

/** What a lane needs from whoever runs it. */
export interface LaneEnv {
  readonly scheduler: SchedulerLike;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** For batches whose content changed. Never throws. */
  readonly newId: () => string;
  readonly books: LaneBooks;
  /** Runs what comes from outside (a sink's answer, a timer) in its turn. */
  readonly enter: (work: () => void) => void;
  /** Told about every failed attempt, also of those that will be retried. */
  readonly onAttemptFailed?: (error: SinkError) => void;
  readonly onBreaker?: (state: BreakerState) => void;
}

/** One sink's own way to its destination. */
export interface Lane<E> {
  readonly sink: EventSink<E>;
  /** The sink's name when it came: what it calls itself later doesn't matter. */
  readonly name: string;
  readonly options: LaneOptions;
  readonly books: LaneBooks;
  /** How each batch, or part of one, ended; the books know it already. */
  readonly deliveries$: Observable<Delivery<E>>;
  readonly maxEvents: number;
  /** The order of the batch whose `process` is on the stack; 0 when there is none. */
  readonly orderInHand: number;
  /** What it holds, and what is on its way to it. */
  readonly load: number;
  /** So many events will be offered, as soon as it is their turn. */
  reserve(count: number): void;
  /** @param wasAttempted for a dead letter that is offered again */
  offer(batch: EventBatch<E>, wasAttempted?: boolean): void;
  setMaxEvents(maxEvents: number): void;
  /** Completes once everything that the lane holds when it is subscribed to is settled, except what has the order `exceptOrder`. */
  settled(exceptOrder?: number): Observable<never>;
  /** From now on no wait outlasts `deadline`: a back-off or breaker that would becomes one immediate last attempt. */
  leaveBy(deadline: number): void;
  /** Attempts nothing until each `pause` has had its `resume`, and the time until then doesn't count for retries; what is in flight goes on. */
  pause(): void;
  resume(): void;
  /** Drops everything that is not in flight; what is, if it fails. */
  purge(reason: DropReason): void;
  /** Drops everything, and aborts what is in flight. */
  stop(reason: DropReason): void;
}
