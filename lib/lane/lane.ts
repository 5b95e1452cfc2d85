import { filter, merge, NEVER, of, Subject, Subscription, take, tap, throwError, timer, type Observable, type SchedulerLike } from 'rxjs';
import { toSinkError, type SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { LaneBooks } from '../ledger/lane-books.js';
import type { EventSink } from '../sink/sink.js';
import { Attempt } from './attempt.js';
import { nextAttempt } from './back-off.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { Consignment } from './consignment.js';
import type { Delivery } from './delivery.js';
import { failedEvents } from './failed-events.js';
import type { LaneOptions } from './lane-options.js';
import { LaneQueue } from './lane-queue.js';
import { Watches } from './watches.js';

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
  readonly onBreaker?: (state: CircuitBreaker['state']) => void;
}

/**
 * One sink's own way: a bounded queue, attempts with a timeout, retries, a breaker, and settlement.
 *
 * ```
 *  offer ─► queue ─► (breaker) ─► attempt ──┬─ succeeds ─► delivered
 *             │                      ▲      ├─ fails, may be retried ─► back-off ─┐
 *             │                      └──────┼─────────────────────────────────────┘
 *             │                             ├─ too large ─► two halves, back to the front
 *             ▼                             └─ fails for good ─► failed
 *         overflow, shutdown, unregistered, consent ─► dropped
 * ```
 *
 * Every event that is offered is delivered, failed, dropped or pending, and moves from one to the other in one step. What is in flight is
 * never evicted. Of the `concurrency` places a consignment keeps its own through back-off, so that at 1 the order holds.
 */
export class Lane<E> {
  readonly sink: EventSink<E>;
  /** The sink's name when it came: what it calls itself later doesn't matter. */
  readonly name: string;
  readonly options: LaneOptions;
  readonly #env: LaneEnv;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #queue: LaneQueue<E>;
  /** In flight, or waiting for another attempt. */
  readonly #active = new Set<Consignment<E>>();
  /** Consignments that are not settled. */
  #liveCount = 0;
  #announced = 0;
  readonly #watches = new Watches();
  readonly #deadline$ = new Subject<void>();
  readonly #deliveries = new Subject<Delivery<E>>();
  #maxEvents: number;
  #lastOrder = 0;
  /** After this instant nobody waits any more: set when the lane is to empty. */
  #deadline = Infinity;
  /** Whose `process` is on the stack. */
  #inHand: Consignment<E> | undefined;
  #isPaused = false;
  /** Keeps synchronous sinks from growing the stack. */
  #isPumping = false;

  constructor(sink: EventSink<E>, options: LaneOptions, env: LaneEnv) {
    this.sink = sink;
    this.name = sink.name;
    this.options = options;
    this.#env = env;
    this.#maxEvents = options.maxEvents;
    this.#queue = new LaneQueue(options.overflow);
    env.books.breaker = options.breaker === false ? 'off' : 'closed';
    if (options.breaker !== false) {
      this.#breaker = new CircuitBreaker(options.breaker);
      this.#breaker.changes$.subscribe((state) => {
        env.books.breaker = state;
        env.onBreaker?.(state);
      });
    }
  }

  /** How each batch, or part of one, ended; the books know it already. */
  get deliveries$(): Observable<Delivery<E>> {
    return this.#deliveries;
  }

  get books(): LaneBooks {
    return this.#env.books;
  }

  get maxEvents(): number {
    return this.#maxEvents;
  }

  /** The order of the batch whose `process` is on the stack; 0 when there is none. */
  get orderInHand(): number {
    return this.#inHand?.order ?? 0;
  }

  /** What it holds, and what is on its way to it. */
  get load(): number {
    return this.books.pending + this.#announced;
  }

  /** So many events will be offered, as soon as it is their turn. */
  announce(count: number): void {
    this.#announced += count;
  }

  /** @param wasAttempted for a dead letter that is offered again */
  offer(batch: EventBatch<E>, wasAttempted = false): void {
    if (batch.events.length === 0) return;
    const consignment = new Consignment(batch, (this.#lastOrder += 1), wasAttempted);
    this.books.offer(consignment.size);
    this.#watches.entered(consignment.order, consignment.size);
    this.#liveCount += 1;
    this.#queue.enter(consignment, this.#liveCount);
    this.#announced = Math.max(0, this.#announced - consignment.size);
    this.#makeRoom();
    this.#pump();
  }

  setMaxEvents(maxEvents: number): void {
    this.#maxEvents = maxEvents;
    this.#makeRoom();
    this.#pump();
  }

  /** Completes once everything that the lane holds when it is subscribed to is settled, except what has the order `exceptOrder`. */
  settled(exceptOrder = 0): Observable<never> {
    return this.#watches.watch(exceptOrder);
  }

  /** From now on no wait outlasts `deadline`: a back-off or breaker that would becomes one immediate last attempt. */
  leaveBy(deadline: number): void {
    this.#deadline = Math.min(this.#deadline, deadline);
    this.#deadline$.next();
  }

  /** Begins no batch until `resume`; what is in flight or waits for a retry goes on. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pump();
  }

  /** Drops everything that is not in flight; what is, if it fails. */
  purge(reason: DropReason): void {
    for (const consignment of this.#active) if (consignment.isInFlight) consignment.dropsOnFailure = reason;
    this.#drop(
      this.#live().filter(({ isInFlight }) => !isInFlight),
      reason,
    );
    this.#pump();
  }

  /** Drops everything, and aborts what is in flight. */
  stop(reason: DropReason): void {
    this.#drop(this.#live(), reason);
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (!this.#isPaused && this.#active.size < this.options.concurrency) {
      const consignment = this.#queue.next();
      if (consignment === undefined) break;
      this.#active.add(consignment);
      this.#proceed(consignment);
    }
    this.#isPumping = false;
  }

  /** Makes an attempt, as soon as the breaker lets it through. */
  #proceed(consignment: Consignment<E>): void {
    const breaker = this.#breaker;
    if (breaker === undefined || consignment.isLastAttempt || breaker.admits(this.#env.scheduler.now())) {
      this.#attempt(consignment);
      return;
    }
    const until = breaker.state === 'open' ? breaker.openUntil : Infinity;
    this.#proceedAfter(consignment, merge(this.#wait(consignment, until), breaker.changes$));
  }

  #proceedAfter(consignment: Consignment<E>, wait$: Observable<unknown>): void {
    // In its place before the wait begins: what follows a wait that is over at once puts its own there.
    const subscription = new Subscription();
    consignment.subscription = subscription;
    subscription.add(
      wait$.pipe(take(1)).subscribe(() => {
        this.#proceed(consignment);
      }),
    );
  }

  #attempt(consignment: Consignment<E>): void {
    const { scheduler, enter, books } = this.#env;
    consignment.begin(scheduler.now());
    books.attempt(consignment.attempts);
    const context = new Attempt(consignment.attempts);
    const outer = this.#inHand;
    this.#inHand = consignment;
    let answer$: Observable<never> | undefined;
    try {
      answer$ = context.outcomeOf(this.sink.process(consignment.batch, context), this.options.timeoutMs, scheduler);
    } catch (error) {
      answer$ = throwError(() => error);
    }
    this.#inHand = outer;
    // Most sinks that answer at once return nothing: that is a delivery without any Observable, 10 ns an event cheaper.
    if (answer$ === undefined) {
      this.#onDelivered(consignment);
      return;
    }
    const subscription = new Subscription();
    consignment.subscription = subscription;
    subscription.add(
      answer$.subscribe({
        error: (error: unknown) => {
          enter(() => {
            if (!subscription.closed) this.#onFailure(consignment, toSinkError(error));
          });
        },
        complete: () => {
          enter(() => {
            if (!subscription.closed) this.#onDelivered(consignment);
          });
        },
      }),
    );
  }

  #onFailure(consignment: Consignment<E>, error: SinkError): void {
    const now = this.#env.scheduler.now();
    consignment.isInFlight = false;
    // `rejected` and `too_large` speak of the events: the sink itself has answered.
    if (error.kind === 'rejected' || error.kind === 'too_large') this.#breaker?.succeeded();
    else this.#breaker?.failed(now);
    this.#env.onAttemptFailed?.(error);
    this.#deliverAllBut(consignment, failedEvents(consignment.batch.events, error.failed));
    // What was in flight could not be dropped or evicted; now it can.
    if (consignment.dropsOnFailure !== undefined && !consignment.isSettled) this.#drop([consignment], consignment.dropsOnFailure);
    this.#makeRoom();
    if (consignment.isSettled) {
      this.#pump();
      return;
    }
    const next = consignment.isLastAttempt ? undefined : nextAttempt(error, consignment, this.options.retry, now, this.#env.random);
    if (next !== undefined) this.#proceedAfter(consignment, next.asTold ? this.#waitPatiently(next.at) : this.#wait(consignment, next.at));
    else if (error.kind === 'too_large' && consignment.size > 1) this.#halve(consignment);
    else this.#fail(consignment, error);
  }

  /** Emits at `untilMs`, or at once when that is after the deadline: then the attempt that follows is the last. */
  #wait(consignment: Consignment<E>, untilMs: number): Observable<unknown> {
    const tooLate$ = merge(of(undefined), this.#deadline$).pipe(
      filter(() => this.#deadline !== Infinity && untilMs > this.#deadline),
      tap(() => {
        consignment.isLastAttempt = true;
      }),
    );
    return merge(tooLate$, this.#waitPatiently(untilMs)).pipe(take(1));
  }

  #waitPatiently(untilMs: number): Observable<unknown> {
    const { scheduler } = this.#env;
    return untilMs === Infinity ? NEVER : timer(Math.max(0, untilMs - scheduler.now()), scheduler);
  }

  #onDelivered(consignment: Consignment<E>): void {
    // Its own `process` may have had it dropped.
    if (consignment.isSettled) return;
    const { batch, attempts, size } = consignment;
    this.#breaker?.succeeded();
    this.#retire(consignment);
    this.books.deliver(size);
    this.#tell({ sink: this.name, batch, attempts, status: 'delivered' }, consignment);
    this.#pump();
  }

  #fail(consignment: Consignment<E>, error: SinkError): void {
    const { batch, attempts, size } = consignment;
    this.#retire(consignment);
    this.books.fail(size);
    this.#tell({ sink: this.name, batch, attempts, status: 'failed', error }, consignment);
    this.#pump();
  }

  /** The first half takes the whole's place, and the second goes back to the front of the queue. */
  #halve(consignment: Consignment<E>): void {
    this.#active.delete(consignment);
    const first = consignment.splitFirstHalf(this.#env.newId);
    this.#liveCount += 1;
    this.#queue.giveBack(consignment);
    this.#queue.enter(first, this.#liveCount);
    this.#pump();
  }

  /** A sink that names the events which failed has delivered the others. */
  #deliverAllBut(consignment: Consignment<E>, failed: readonly E[]): void {
    const { events } = consignment.batch;
    if (failed.length === events.length) return;
    const left = new Set(failed);
    const delivered = consignment.part(events.filter((event) => !left.has(event)));
    const { attempts } = consignment;
    if (failed.length === 0) this.#retire(consignment);
    else consignment.keep(failed, this.#env.newId);
    this.books.deliver(delivered.events.length);
    this.#tell({ sink: this.name, batch: delivered, attempts, status: 'delivered' }, consignment);
  }

  #makeRoom(): void {
    const excess = this.books.pending - this.#maxEvents;
    if (excess <= 0) return;
    const tellings: (() => void)[] = [];
    const live = (): readonly Consignment<E>[] => this.#live();
    this.#queue.evict(excess, live, (consignment, evicted, kept) => {
      const part = consignment.part(evicted);
      const { attempts } = consignment;
      if (kept.length === 0) this.#retire(consignment);
      else consignment.keep(kept, this.#env.newId);
      this.books.drop(evicted.length, 'overflow');
      tellings.push(() => {
        this.#tell({ sink: this.name, batch: part, attempts, status: 'dropped', reason: 'overflow' }, consignment);
      });
    });
    for (const tell of tellings) tell();
  }

  #drop(consignments: readonly Consignment<E>[], reason: DropReason): void {
    const tellings = consignments.map((consignment) => {
      const { batch, attempts } = consignment;
      return () => {
        this.#tell({ sink: this.name, batch, attempts, status: 'dropped', reason }, consignment);
      };
    });
    for (const consignment of consignments) {
      this.books.drop(consignment.size, reason);
      this.#retire(consignment);
    }
    for (const tell of tellings) tell();
  }

  /** Takes a consignment out of the lane. Whatever still runs for it is ended, and a late answer changes nothing. */
  #retire(consignment: Consignment<E>): void {
    consignment.settle();
    this.#liveCount -= 1;
    this.#active.delete(consignment);
    consignment.subscription?.unsubscribe();
  }

  #tell(delivery: Delivery<E>, { order }: Consignment<E>): void {
    this.#deliveries.next(delivery);
    this.#watches.settled(order, delivery.batch.events.length);
  }

  /** What is not settled, oldest first. */
  #live(): readonly Consignment<E>[] {
    return [...this.#active, ...this.#queue].filter(({ isSettled }) => !isSettled);
  }
}
