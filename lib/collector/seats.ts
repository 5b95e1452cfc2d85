import { merge, type Observable, type SchedulerLike } from 'rxjs';
import type { SinkError } from '../errors/sink-error.js';
import { checkOption } from '../internal/check-option.js';
import { safeRandom } from '../internal/default-random.js';
import type { Turns } from '../internal/turns.js';
import { createLane } from '../lane/create-lane.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import { LaneBooks, type LaneStats } from '../ledger/lane-books.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';
import type { Accounts } from './accounts.js';
import type { FlushReport } from './flush-report.js';
import { Seat, type LeaveReason } from './seat.js';

export interface SeatsOptions {
  readonly accounts: Accounts;
  readonly turns: Turns;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly newId: () => string;
  /** What holds for every lane that doesn't say otherwise. */
  readonly defaultLane: LanePatch | undefined;
}

/** Every sink of a collector, and the books of those that have left. */
export class Seats<E> {
  readonly #options: SeatsOptions;
  readonly #seats = new Map<string, Seat<E>>();
  readonly #books = new Map<string, LaneBooks>();
  /** Those with `overflow: 'block'`, which every single event asks for room. */
  #blocking: readonly Seat<E>[] = [];

  constructor(options: SeatsOptions) {
    this.#options = options;
  }

  /** Whether any sink takes batches. */
  get hasStaying(): boolean {
    return [...this.#seats.values()].some(({ isJoined, hasLeft }) => isJoined && !hasLeft);
  }

  get hasBlocking(): boolean {
    return this.#blocking.length > 0;
  }

  [Symbol.iterator](): Iterator<Seat<E>> {
    return this.#seats.values();
  }

  get(name: string): Seat<E> | undefined {
    return this.#seats.get(name);
  }

  /**
   * Makes a seat for a sink. Whoever takes the name of a sink that has left goes on in its books.
   *
   * @throws TypeError for what is no sink, or a lane option outside its range
   * @throws Error when the name is taken
   */
  open(sink: EventSink<E>, patch: LanePatch | undefined, maxEvents: number): Seat<E> {
    checkOption('sink', sink, aSink);
    const { name } = sink;
    if (this.#seats.has(name)) throw new Error(`Expected a sink with a name of its own, got a second '${name}'`);
    const { accounts, turns, scheduler, random, newId, defaultLane } = this.#options;
    const options = resolveLaneOptions({ maxEvents }, defaultLane, patch);
    const books = this.#books.get(name) ?? new LaneBooks();
    books.removed = false;
    const onFailed = (error: SinkError): void => {
      accounts.ledger.flushFailed();
      accounts.diagnostics.sinkFailed(name, error);
    };
    const lane = createLane<E>(sink, options, {
      scheduler,
      random: safeRandom(random),
      newId,
      books,
      enter: (work) => {
        turns.enter(work);
      },
      onAttemptFailed: onFailed,
      onBreaker: (state) => {
        accounts.diagnostics.report({ type: 'breaker', sink: name, state });
      },
    });
    const followsConfig = (patch?.maxEvents ?? defaultLane?.maxEvents) === undefined;
    const seat = new Seat(lane, followsConfig, (error, task) => {
      if (task === 'flush') onFailed(error);
      else accounts.diagnostics.sinkFailed(name, error);
    });
    this.#seats.set(name, seat);
    this.#books.set(name, books);
    this.#sortOut();
    return seat;
  }

  remove(seat: Seat<E>): void {
    seat.lane.books.removed = true;
    this.#seats.delete(seat.lane.name);
    this.#sortOut();
  }

  /** Whether every lane that refuses events at the door has room for one more, beside `open` events that are not in a batch yet. */
  hasRoom(open: number): boolean {
    return this.#blocking.every(({ lane, isLeaving }) => isLeaving || lane.load + open < lane.maxEvents);
  }

  /** A batch is about to be handed out: whoever asks for room meanwhile finds it counted everywhere. */
  announce(count: number): void {
    for (const { lane, isJoined, isLeaving } of this.#blocking) if (isJoined && !isLeaving) lane.announce(count);
  }

  /** Whether some full lane that refuses events holds none itself: only a cut of the open batch can make room there. */
  get isBlockedByOpenBatch(): boolean {
    return this.#blocking.some(({ lane, isLeaving }) => !isLeaving && lane.load === 0);
  }

  /** The order of the batch that each lane's sink has in hand, if the caller is inside its `process`. */
  ordersInHand(): ReadonlyMap<Seat<E>, number> {
    return new Map([...this.#seats.values()].map((seat) => [seat, seat.lane.orderInHand]));
  }

  /** Completes when every lane has settled what it holds now, the batches in hand aside. */
  settled(inHand: ReadonlyMap<Seat<E>, number>): Observable<never> {
    return merge(...[...this.#seats.values()].map((seat) => seat.lane.settled(inHand.get(seat))));
  }

  /** Completes when every sink has left. */
  leave(reason: LeaveReason, inHand: ReadonlyMap<Seat<E>, number>): Observable<never> {
    return merge(...[...this.#seats.values()].map((seat) => seat.leave(reason, inHand.get(seat) ?? 0)));
  }

  stats(): Record<string, LaneStats> {
    const stats: Record<string, LaneStats> = {};
    for (const [name, books] of this.#books) define(stats, name, books.snapshot());
    return stats;
  }

  report(): FlushReport['sinks'] {
    const report: Record<string, FlushReport['sinks'][string]> = {};
    for (const [name, { delivered, failed, dropped, pending }] of this.#books)
      define(report, name, { delivered, failed, dropped, pending });
    return report;
  }

  #sortOut(): void {
    this.#blocking = [...this.#seats.values()].filter(({ lane }) => lane.options.overflow === 'block');
  }
}

/** A sink may be called `__proto__`. */
function define<T>(record: Record<string, T>, name: string, value: T): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}
