import { Subscription, throwError, type ObservableInput, type SchedulerLike } from 'rxjs';
import { SinkError, toSinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import { MAX_DELAY_MS } from '../internal/check-option.js';
import type { DropReason } from '../ledger/drop-reason.js';
import { MAX_LATE_MS } from '../internal/gap-clock.js';
import { graceMs, READING_MS } from '../internal/grace.js';
import { StandingTimer } from '../internal/standing-timer.js';
import type { Elapsed } from '../internal/steady-clock.js';
import type { LaneLedger } from '../ledger/lane-ledger.js';
import type { EventSink } from '../sink/sink.js';
import { Attempt, isObservableInput, observeAnswer } from './attempt.js';
import { nextAttempt } from './back-off.js';
import type { Breaker, BreakerState } from './breaker.js';
import type { Delivery, Outcome } from './delivery.js';
import { DrainBarrier } from './drain-barrier.js';
import { failedEvents, namedEvents } from './failed-events.js';
import type { BreakerOptions, LaneSettings } from './lane-options.js';
import { LaneQueue } from './lane-queue.js';
import type { PauseClock } from './pause-clock.js';
import { halvesOf, isSettled, remainderOf, type QueuedBatch } from './queued-batch.js';

/** Follows single events through a lane. */
export interface LaneSettlements {
  /** Called when events enter a lane for the first time. */
  offer(sink: string, events: readonly unknown[]): void;
  settle(sink: string, events: readonly unknown[], status: Outcome['status'] | 'kept'): void;
  /** Whether an event is awaited until a store has it. */
  readonly isStoreAwaited: boolean;
  /** Called when the store of a durable lane has these events. */
  store(sink: string, events: readonly unknown[]): void;
  /** Whether one of the events is being followed. */
  has(events: readonly unknown[]): boolean;
  /** Called when an event was read back from a store: `as` represents it, in this lane only. */
  readBack(event: unknown, as: unknown): void;
}

/** The dependencies of a lane. */
export interface LaneEnv<E> {
  /** Timers. */
  readonly scheduler: SchedulerLike;
  readonly elapsed: Elapsed;
  readonly pauseClock: PauseClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ids of batches whose content changed. Never throws. */
  readonly newId: () => string;
  readonly ledger: LaneLedger;
  /** Runs work that starts outside (a sink's answer, a timer) on the trampoline. */
  readonly enter: (work: () => void) => void;
  /** Called with the error of every failed attempt, even if it will be retried. */
  readonly onAttemptFailed?: (error: SinkError) => void;
  readonly onBreaker?: (state: BreakerState) => void;
  /** For durable lanes: the reason to drop batches of earlier runs, if consent is denied. */
  readonly refusal?: () => DropReason | undefined;
  /** For durable lanes: called when the store fails. */
  readonly onStoreError?: (error: unknown) => void;
  readonly settlements?: LaneSettlements | undefined;
  /** Creates the breaker. Without it every attempt is admitted. */
  readonly createBreaker?: ((options: BreakerOptions, onChange: (state: BreakerState) => void) => Breaker) | undefined;
  /** Creates the queue for eviction by priority. */
  readonly createPriorityQueue?: (() => LaneQueue<E>) | undefined;
}

/**
 * Delivers batches to one sink: a bounded queue, attempts with a timeout, retries, a breaker, settlement.
 *
 * ```
 *  offer ─► queue ─► (breaker) ─► attempt ──┬─ succeeds ─► delivered
 *             │                      ▲      ├─ fails, is retried ─► back-off ─┐
 *             │                      └──────┼─────────────────────────────────┘
 *             │                             ├─ too large ─► two halves, back to the front of the queue
 *             ▼                             └─ fails permanently ─► failed
 *         overflow, shutdown, unregistered, consent ─► dropped
 * ```
 *
 * Every offered event is delivered, failed, dropped or pending (or, in a durable lane, kept), and changes its state in one step. Events in flight are
 * never evicted. An active batch occupies one of `concurrency` slots, also during back-off, so that a concurrency of 1 keeps the order.
 *
 * `DurableLane` also writes every change to a store.
 */
export class Lane<E> {
  readonly sink: EventSink<E>;
  /** The sink's name at registration. */
  readonly name: string;
  readonly options: LaneSettings;
  readonly ledger: LaneLedger;
  /** Called with the outcome of each batch, or part of one, after the ledger was updated. */
  onDelivery: (delivery: Delivery<E>) => void = () => undefined;
  protected readonly env: LaneEnv<E>;
  protected readonly queue: LaneQueue<E>;
  protected readonly barrier = new DrainBarrier();
  /** The batches that occupy a slot: in flight, or waiting for another attempt. */
  protected readonly active = new Set<QueuedBatch<E>>();
  protected lastOrder = 0;
  // State of a durable lane.
  /** Whether the batches of earlier runs are being read. No attempt starts meanwhile. */
  protected isRecovering = false;
  /** Whether a batch stays in the store if its last attempt fails with a retryable error. */
  protected keepsAtEnd = false;
  /** Number of events that are only in the store. */
  protected onlyStored = 0;
  readonly #breaker: Breaker | undefined;
  /** One timer for the timeouts of all attempts. */
  readonly #timeout: StandingTimer;
  /** When every wait ends at the latest, on the clock without gaps. Set when the lane is drained. */
  #deadline = Infinity;
  #maxEvents: number;
  /** Number of batches that are not settled. */
  #liveCount = 0;
  #reserved = 0;
  #inProcess: QueuedBatch<E> | undefined;
  /** Prevents recursion when a sink answers synchronously. */
  #isPumping = false;

  // Methods of a durable lane.

  /** Called once, before the first batch is offered. */
  start?(): void;

  /** Number of pending events that would survive the end of the process. */
  countSafe?(): number;

  /** Keeps stored batches, except those in flight, for the next run. */
  keep?(): void;

  /** From now on, stored batches are kept for the next run when the lane stops. */
  keepAtEnd?(): void;

  /** Called when a batch is in the queue. */
  protected onOffered?(batch: EventBatch<E>): void;

  /** Called when a batch has left; `parts` are its remaining parts, in order. */
  protected onReplaced?(batch: EventBatch<E>, parts: readonly EventBatch<E>[]): void;

  /** Keeps the stored events of these batches for the next run. */
  protected keepBatches?(batches: readonly QueuedBatch<E>[]): void;

  /** Removes at least `excess` events from memory if they can be read again. Returns the number that could not be removed. */
  protected unload?(excess: number): number;

  constructor(sink: EventSink<E>, options: LaneSettings, env: LaneEnv<E>) {
    this.sink = sink;
    this.name = sink.name;
    this.options = options;
    this.ledger = env.ledger;
    this.env = env;
    this.#maxEvents = options.maxEvents;
    const { overflow } = options;
    const byPriority = overflow === 'drop_lowest_priority' ? env.createPriorityQueue : undefined;
    this.queue = byPriority?.() ?? new LaneQueue<E>(overflow);
    this.#timeout = new StandingTimer(env.scheduler, env.elapsed, (lateMs) => {
      env.enter(() => {
        this.#onTimeout(lateMs);
      });
    });
    const onChange = (state: BreakerState): void => {
      this.ledger.breaker = state;
      if (env.onBreaker !== undefined)
        this.#callOut(() => {
          env.onBreaker?.(state);
        });
      this.#wake((queued) => queued.wait?.isForBreaker === true);
    };
    this.#breaker = options.breaker ? env.createBreaker?.(options.breaker, onChange) : undefined;
    this.ledger.breaker = this.#breaker?.state ?? 'off';
  }

  get maxEvents(): number {
    return this.#maxEvents;
  }

  /** The batch whose `process` is on the stack. */
  get inProcess(): object | undefined {
    return this.#inProcess;
  }

  /** Number of pending and reserved events. */
  get load(): number {
    return this.ledger.pending + this.#reserved;
  }

  /** Counts events that will be offered when the trampoline reaches them. */
  reserve(count: number): void {
    this.#reserved += count;
  }

  /**
   * @param attemptedId the id that the sink has seen, if the batch is a dead letter that is offered again
   * @param refusal set to drop the batch immediately, for this reason
   */
  offer(batch: EventBatch<E>, attemptedId?: string, refusal?: DropReason): void {
    const { length } = batch.events;
    if (length === 0) return;
    this.lastOrder += 1;
    this.ledger.offer(length);
    if (attemptedId === undefined) this.env.settlements?.offer(this.name, batch.events);
    const queued: QueuedBatch<E> = { order: this.lastOrder, batch, attemptedId, attempts: 0 };
    this.barrier.entered(queued, length);
    this.enqueue(queued);
    this.onOffered?.(batch);
    this.#reserved = Math.max(0, this.#reserved - length);
    if (refusal !== undefined) this.drop([queued], refusal);
    this.evictExcess();
    this.pump();
  }

  setMaxEvents(count: number): void {
    this.#maxEvents = count;
    this.evictExcess();
    this.pump();
  }

  /**
   * Calls `onSettled` once every event that is in the lane now, except those of `except`, is settled.
   *
   * @returns a function that cancels the call
   */
  whenSettled(except: object | undefined, onSettled: () => void): () => void {
    return this.barrier.wait(except, onSettled);
  }

  /**
   * From now on no wait lasts longer than `remainingMs`: a longer back-off or breaker wait is replaced by an immediate last attempt. A call after the
   * time is up extends it.
   */
  drainWithin(remainingMs: number): void {
    const { pauseClock } = this.env;
    const now = pauseClock.withoutGaps();
    this.#deadline = Math.min(this.#deadline > now ? this.#deadline : Infinity, now + remainingMs);
    if (!pauseClock.isPaused) this.#wake((queued) => this.#isTooLong(queued));
  }

  /** Continues after a pause. The outage has probably ended, too, so back-off waits end as well. */
  resume(): void {
    this.#wake((queued) => this.#isTooLong(queued) || queued.wait?.isRequested === false);
    this.pump();
  }

  /**
   * Ends every wait, even one that a sink requested or an open breaker imposes, and starts the attempt. Then queued batches start until `concurrency`
   * are active, if that is more than the lane's own limit.
   */
  retryNow(concurrency: number): void {
    if (this.env.pauseClock.isPaused) return;
    const attempt = (queued: QueuedBatch<E>): void => {
      // An earlier attempt may have caused a pause.
      if (this.env.pauseClock.isPaused) this.proceed(queued);
      else this.attempt(queued);
    };
    this.#wake(() => true, attempt);
    this.pump(concurrency, attempt);
  }

  /** Drops everything that is not in flight; events in flight are dropped if their attempt fails. */
  purge(reason: DropReason): void {
    const live = this.live();
    for (const queued of live) queued.dropsOnFailure = reason;
    this.drop(
      live.filter(({ isInFlight }) => !isInFlight),
      reason,
    );
    this.pump();
  }

  /** Ends the lane: aborts attempts in flight, and drops all events. */
  stop(reason: DropReason, onClosed = nothing): void {
    this.drop(this.live(), reason);
    this.#timeout.stop();
    onClosed();
  }

  /** Milliseconds until a waiting batch is attempted again; Infinity if none waits, or during a pause. */
  get nextAttemptInMs(): number {
    return Math.min(...[...this.active].map(({ wait }) => wait?.until ?? Infinity)) - this.env.elapsed();
  }

  /** Queued and active batches, oldest first; may include settled ones. */
  protected live(): QueuedBatch<E>[] {
    return [...this.active, ...this.queue.waiting].sort((a, b) => a.order - b.order);
  }

  protected enqueue(queued: QueuedBatch<E>): void {
    this.#liveCount += 1;
    this.queue.enter(queued, this.#liveCount);
  }

  /** Fills the free slots from the queue. */
  protected pump(
    concurrency = 0,
    proceed = (queued: QueuedBatch<E>): void => {
      this.proceed(queued);
    },
  ): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const slots = Math.max(concurrency, this.options.concurrency);
    while (!this.env.pauseClock.isPaused && !this.isRecovering && this.active.size < slots) {
      const queued = this.queue.next();
      if (queued === undefined) break;
      this.active.add(queued);
      proceed(queued);
    }
    this.#isPumping = false;
    if (this.active.size === 0) this.#timeout.stop();
  }

  /** Makes an attempt, as soon as the breaker admits it. */
  protected proceed(queued: QueuedBatch<E>): void {
    const { elapsed, pauseClock } = this.env;
    const breaker = this.#breaker;
    const { timeoutMs } = this.options;
    if (pauseClock.isPaused) this.wait(queued, Infinity);
    else if (queued.isLastAttempt || breaker === undefined || breaker.admits(elapsed(), timeoutMs)) this.attempt(queued);
    else {
      // If a probe's timeout was restarted after a gap, the probe lasts longer than announced; its end wakes the other batches.
      const until = breaker.openUntil > elapsed() ? breaker.openUntil : elapsed() + timeoutMs;
      this.wait(queued, until, { isForBreaker: true });
    }
  }

  /** Proceeds at `until`; immediately with the last attempt if that is after the deadline, unless the sink requested the wait. */
  protected wait(queued: QueuedBatch<E>, until: number, { isRequested = false, isForBreaker = false } = {}): void {
    const { scheduler, elapsed, enter, pauseClock } = this.env;
    if (this.#isAfterDeadline(until) && !isRequested && !pauseClock.isPaused) {
      queued.isLastAttempt = true;
      this.attempt(queued);
      return;
    }
    queued.wait = { until, isRequested, isForBreaker };
    const slot = (queued.slot = new Subscription());
    if (until === Infinity) return;
    const now = elapsed();
    const delayMs = Math.min(MAX_DELAY_MS, Math.max(0, until - now));
    const end = (): void => {
      enter(() => {
        if (slot.closed) return;
        elapsed(now + delayMs);
        this.#leaveWait(queued);
        this.proceed(queued);
      });
    };
    slot.add(scheduler.schedule(end, delayMs));
  }

  #leaveWait(queued: QueuedBatch<E>): void {
    this.env.pauseClock.skipGap(queued.wait?.until ?? Infinity);
    queued.wait = undefined;
    queued.slot?.unsubscribe();
  }

  /** @param until on the elapsed clock */
  #isAfterDeadline(until: number): boolean {
    const { elapsed, pauseClock } = this.env;
    return until - elapsed() > this.#deadline - pauseClock.withoutGaps();
  }

  /** Whether a batch waits beyond the deadline; its next attempt is then the last. */
  #isTooLong(queued: QueuedBatch<E>): boolean {
    const { wait } = queued;
    // An infinite wait belongs to a pause.
    if (wait === undefined || wait.isRequested || wait.until === Infinity || !this.#isAfterDeadline(wait.until)) return false;
    queued.isLastAttempt = true;
    return true;
  }

  /** Ends the waits that `isOver` selects. */
  #wake(
    isOver: (queued: QueuedBatch<E>) => boolean,
    proceed = (queued: QueuedBatch<E>): void => {
      this.proceed(queued);
    },
  ): void {
    for (const queued of [...this.active]) {
      // An earlier iteration may have changed the batch.
      if (queued.wait === undefined || isSettled(queued) || !isOver(queued)) continue;
      this.#leaveWait(queued);
      proceed(queued);
    }
  }

  protected attempt(queued: QueuedBatch<E>): void {
    queued.attemptedId = queued.batch.id;
    queued.attempts += 1;
    const { elapsed, pauseClock } = this.env;
    queued.firstAttemptAt ??= pauseClock.now();
    const startedAt = elapsed();
    queued.isInFlight = true;
    queued.isExtended = false;
    queued.readings = 0;
    queued.expiresAt = undefined;
    this.ledger.attempt(queued.attempts);
    const attempt = new Attempt(queued.attempts);
    let answer: unknown;
    let isPending = false;
    const outer = this.#inProcess;
    this.#inProcess = queued;
    try {
      answer = this.sink.process(queued.batch, attempt);
      isPending = isObservableInput(answer);
    } catch (error) {
      answer = throwError(() => error);
      isPending = true;
    }
    this.#inProcess = outer;
    if (isPending) {
      // Timers don't reveal a gap, or a step of the clock, during `process`.
      if (pauseClock.skipGap(startedAt)) this.#postponeTimeouts(elapsed() - startedAt);
      this.#follow(queued, attempt, answer as ObservableInput<unknown>);
    }
    // Most sinks that answer synchronously return nothing. The batch may have been dropped from inside `process`.
    else if (!isSettled(queued)) this.#onDelivered(queued);
  }

  /** Observes the answer, and sets the timeout. */
  #follow(queued: QueuedBatch<E>, attempt: Attempt, answer: ObservableInput<unknown>): void {
    const { elapsed, enter } = this.env;
    const { timeoutMs } = this.options;
    // Set before the answer is observed: if the batch is settled meanwhile, the subscription is closed.
    const slot = (queued.slot = new Subscription());
    if (isSettled(queued)) slot.unsubscribe();
    let isAnswered = false;
    slot.add(
      observeAnswer(answer, (failure) => {
        isAnswered = true;
        enter(() => {
          if (slot.closed) return;
          slot.unsubscribe();
          if (failure === undefined) this.#onDelivered(queued);
          else this.#onFailed(queued, toSinkError(failure.error));
        });
      }),
    );
    slot.add(() => {
      if (!isAnswered) attempt.abort();
    });
    if (slot.closed || timeoutMs === Infinity) return;
    queued.expiresAt = elapsed() + timeoutMs;
    this.#timeout.set(timeoutMs);
  }

  /**
   * Ends the attempts that have had `timeoutMs`, and sets the timer for the next one. After a gap, in which the process or machine was stopped,
   * the timeout of attempts in flight starts again. An answer that arrived before the timer could fire is always read first.
   */
  #onTimeout(lateMs: number): void {
    const { elapsed, pauseClock } = this.env;
    const { timeoutMs } = this.options;
    const now = elapsed();
    const isGap = pauseClock.skipGap(now - lateMs);
    for (const queued of [...this.active]) {
      if (!queued.isInFlight || queued.expiresAt === undefined) continue;
      // An attempt that started after the gap needs no extension.
      const wasStopped = isGap && now - (queued.expiresAt - timeoutMs) > MAX_LATE_MS;
      if (queued.expiresAt > now && !wasStopped) continue;
      const moreMs = graceMs(queued, timeoutMs, lateMs, wasStopped);
      if (moreMs > 0) queued.expiresAt = Math.max(queued.expiresAt, now + moreMs);
      else if (queued.expiresAt <= now) {
        queued.slot?.unsubscribe();
        this.#onFailed(queued, new SinkError('timeout', `No answer within ${String(timeoutMs)} ms`));
      }
    }
    this.#armTimeout();
  }

  /** Calls user code. Timers don't reveal a gap, or a step of the clock, during the call. */
  #callOut(work: () => void): void {
    const { elapsed, pauseClock } = this.env;
    const calledAt = elapsed();
    work();
    if (pauseClock.skipGap(calledAt)) this.#postponeTimeouts(elapsed() - calledAt);
  }

  /** Extends attempts in flight by the time of a callback. Answers that arrived meanwhile are read first. */
  #postponeTimeouts(ms: number): void {
    const { elapsed, pauseClock } = this.env;
    const readAt = elapsed() + READING_MS;
    for (const queued of this.active) {
      if (!queued.isInFlight || queued.expiresAt === undefined) continue;
      // After the extension, a gap before the callback could not be detected any more.
      pauseClock.skipGap(queued.expiresAt);
      queued.expiresAt = Math.max(queued.expiresAt + ms, readAt);
    }
  }

  /** Sets the timer for the attempt that expires first, if there is one. */
  #armTimeout(): void {
    let first = Infinity;
    for (const { isInFlight, expiresAt = Infinity } of this.active) if (isInFlight && expiresAt < first) first = expiresAt;
    if (first === Infinity) this.#timeout.clear();
    else this.#timeout.set(Math.max(0, first - this.env.elapsed()));
  }

  #onDelivered(queued: QueuedBatch<E>): void {
    // Update the ledger before the breaker admits other attempts, which may end the lane.
    const emit = this.takeOut(queued, DELIVERED);
    this.#breaker?.succeeded();
    emit();
    this.pump();
  }

  #onFailed(queued: QueuedBatch<E>, error: SinkError): void {
    const { elapsed, pauseClock, onAttemptFailed } = this.env;
    queued.isInFlight = false;
    // After a gap, the failure may be read before any timer fires.
    if (queued.expiresAt !== undefined) pauseClock.skipGap(queued.expiresAt);
    // Read the clock before callbacks run: it may be set, or the process stopped, during one of them.
    const failedAt = pauseClock.now();
    // If the sink names failed events, it has delivered the others.
    const { events } = queued.batch;
    const refused = new Set(namedEvents(events, error.rejected));
    const failed = new Set([...failedEvents(events, error.failed), ...refused]);
    const emitDelivered = this.takeOut(queued, DELIVERED, (event) => !failed.has(event));
    const emitRefused = this.takeOut(queued, { status: 'failed', error }, (event) => refused.has(event));
    // `rejected` and `too_large` concern the events; the sink itself works.
    if (error.kind === 'too_large' || error.kind === 'rejected') this.#breaker?.succeeded();
    else this.#breaker?.failed(elapsed());
    if (onAttemptFailed !== undefined)
      this.#callOut(() => {
        onAttemptFailed(error);
      });
    emitDelivered();
    emitRefused();
    // Events in flight could not be dropped or evicted until now.
    if (queued.dropsOnFailure !== undefined) this.drop([queued], queued.dropsOnFailure);
    this.evictExcess();
    if (isSettled(queued)) this.pump();
    else this.#retry(queued, error, failedAt, refused.size > 0);
  }

  /** Retries, halves or fails the events that were neither delivered nor refused by name. */
  #retry(queued: QueuedBatch<E>, error: SinkError, failedAt: number, wereOthersRefused: boolean): void {
    const { elapsed, random, newId } = this.env;
    const { retry, split } = this.options;
    const { kind, failed, rejected } = error;
    const { isLastAttempt = false } = queued;
    const isFinal = isLastAttempt && !this.keepsAtEnd;
    const next = isFinal ? undefined : nextAttempt(error, queued, retry, failedAt, random);
    // Events that were neither delivered nor refused would be sent again.
    const isRetried = next !== undefined || (wereOthersRefused && !isFinal);
    // If a refusal names no event of the batch, a single event may be the cause: halving the batch finds it.
    const namesNoEvent =
      kind === 'rejected' &&
      (rejected?.length === 0 || namedEvents(queued.batch.events, failed).length === 0) &&
      split &&
      (queued.splits ?? 0) < retry.maxSplits;
    if (isRetried && !isLastAttempt) this.wait(queued, elapsed() + (next?.delayMs ?? 0), { isRequested: next?.isRequested });
    else if (!isRetried && (kind === 'too_large' || namesNoEvent) && queued.batch.events.length > 1) {
      const halves = halvesOf(queued, newId);
      this.onReplaced?.(
        queued.batch,
        halves.map(({ batch }) => batch),
      );
      this.retire(queued);
      for (const half of halves.reverse()) {
        this.barrier.divided(queued, half, half.batch.events.length);
        this.enqueue(half);
      }
      this.pump();
    } else {
      if (isRetried) this.keepBatches?.([queued]);
      this.takeOut(queued, { status: 'failed', error })();
      this.pump();
    }
  }

  protected evictExcess(): void {
    const { overflow } = this.options;
    const tooMany = this.ledger.pending - this.onlyStored - this.#maxEvents;
    if (tooMany <= 0) return;
    const excess = this.unload?.(tooMany) ?? tooMany;
    if (excess <= 0 || overflow === 'block') return;
    const emissions: (() => void)[] = [];
    this.queue.evict(excess, this.active, (queued, isEvicted) => {
      emissions.push(this.takeOut(queued, { status: 'dropped', reason: 'overflow' }, isEvicted));
    });
    for (const emit of emissions) emit();
  }

  protected drop(batches: readonly QueuedBatch<E>[], reason: DropReason): void {
    const emissions = batches.map((queued) => this.takeOut(queued, { status: 'dropped', reason }));
    for (const emit of emissions) emit();
  }

  /** Removes all or some events of a batch from the lane, and updates the ledger. Returns a function that emits their delivery. */
  protected takeOut(queued: QueuedBatch<E>, outcome: Outcome, isOut?: (event: E, index: number) => boolean): () => void {
    const { batch, attempts, stored } = queued;
    const events = isOut ? batch.events.filter(isOut) : batch.events;
    const count = stored ?? events.length;
    if (count === 0) return nothing;
    this.ledger.settle(count, outcome);
    this.env.settlements?.settle(this.name, queued.followed ?? events, outcome.status);
    const rest = isOut ? batch.events.filter((event, index) => !isOut(event, index)) : [];
    // A failed part may be redelivered, so it needs its own id: the sink knows the whole batch and the rest by theirs.
    const part =
      rest.length === 0
        ? batch
        : batchOf({ ...batch, events, ...(outcome.status === 'failed' && { id: this.env.newId(), parentId: queued.attemptedId }) });
    if (rest.length === 0) this.retire(queued);
    else queued.batch = remainderOf(queued, rest, this.env.newId);
    this.onReplaced?.(batch, rest.length === 0 ? [] : [queued.batch]);
    return () => {
      this.#callOut(() => {
        this.onDelivery({ sink: this.name, batch: part, attempts, ...(stored !== undefined && { stored }), ...outcome });
      });
      this.barrier.settled(queued, count);
    };
  }

  /** Releases a settled batch. Its attempt or wait ends, and a late answer changes nothing. */
  protected retire(queued: QueuedBatch<E>): void {
    queued.batch = { ...queued.batch, events: [] };
    queued.isInFlight = false;
    this.#liveCount -= 1;
    this.active.delete(queued);
    queued.slot?.unsubscribe();
  }
}

const nothing = (): void => undefined;
const DELIVERED: Outcome = { status: 'delivered' };
