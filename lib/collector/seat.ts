import { catchError, concat, defer, EMPTY, type Observable, ReplaySubject, Subject, takeUntil } from 'rxjs';
import { toSinkError, type SinkError } from '../errors/sink-error.js';
import { housekeeping } from '../lane/attempt.js';
import type { Lane } from '../lane/lane.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { FlushReport } from './flush-report.js';

/** Why a sink has to go. */
export type LeaveReason = Extract<DropReason, 'unregistered' | 'shutdown'>;

/** A sink's place in a collector: its lane, and how it leaves. */
export class Seat<E> {
  readonly lane: Lane<E>;
  /** Whether `queue.maxEvents` bounds the lane, for want of a bound of its own. */
  readonly followsConfig: boolean;
  /** The end of an `unregisterSink`, which a second call joins. */
  farewell: Promise<FlushReport> | undefined;
  readonly #onError: (error: SinkError, task: 'flush' | 'close') => void;
  readonly #leaves = new Subject<void>();
  readonly #expired = new Subject<void>();
  #farewell$: ReplaySubject<never> | undefined;
  /** Whether its lane takes batches: from its turn after the registration on. */
  isJoined = false;
  #isClosed = false;
  #isExpired = false;

  constructor(lane: Lane<E>, followsConfig: boolean, onError: (error: SinkError, task: 'flush' | 'close') => void) {
    this.lane = lane;
    this.followsConfig = followsConfig;
    this.#onError = onError;
  }

  /** Emits when the lane is to take no more batches. */
  get leaves$(): Observable<unknown> {
    return this.#leaves;
  }

  /** From the call that makes it leave, even if its turn has not come. */
  get isLeaving(): boolean {
    return this.#farewell$ !== undefined || this.farewell !== undefined;
  }

  /** Whether its leaving has begun: it takes no more batches. */
  get hasLeft(): boolean {
    return this.#farewell$ !== undefined;
  }

  /** Whether it was given up, or asked to be, before it had left. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /**
   * Takes no more batches, settles what the lane holds, then flushes and closes the sink. Completes when that is done, or given up.
   * It begins at the call, and only once; `exceptOrder` is what it doesn't wait for.
   */
  leave(reason: LeaveReason, exceptOrder: number): Observable<never> {
    if (this.#farewell$ !== undefined) return this.#farewell$;
    this.#farewell$ = new ReplaySubject<never>(1);
    this.#leaves.next();
    const dropRest$ = defer(() => {
      this.lane.stop(reason);
      return EMPTY;
    });
    const unlessExpired = (step$: Observable<never>): Observable<never> => defer(() => (this.#isExpired ? EMPTY : step$));
    concat(this.lane.settled(exceptOrder), ...[dropRest$, this.#tidyUp('flush'), this.#tidyUp('close')].map(unlessExpired))
      .pipe(takeUntil(this.#expired))
      .subscribe(this.#farewell$);
    return this.#farewell$;
  }

  /** Gives up: what the lane still holds is dropped, and the sink is closed without waiting. */
  expire(reason: LeaveReason): void {
    if (this.#isExpired) return;
    // First of all, lest the lane's end be taken for a good one.
    this.#isExpired = true;
    // Whoever asks it to leave later is told that it has left.
    this.#farewell$ ??= ended();
    this.lane.stop(reason);
    this.#expired.next();
    if (!this.#isClosed) this.#tidyUp('close').subscribe();
  }

  #tidyUp(task: 'flush' | 'close'): Observable<never> {
    return defer(() => {
      if (task === 'close') this.#isClosed = true;
      return housekeeping(this.lane.sink, task);
    }).pipe(
      catchError((error: unknown) => {
        this.#onError(toSinkError(error, task === 'flush' ? 'flush_failed' : 'write_failed'), task);
        return EMPTY;
      }),
    );
  }
}

function ended(): ReplaySubject<never> {
  const farewell$ = new ReplaySubject<never>(1);
  farewell$.complete();
  return farewell$;
}
