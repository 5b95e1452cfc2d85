import { catchError, concat, defer, EMPTY, Subject, Subscription, type Observable } from 'rxjs';
import { toSinkError } from '../errors/sink-error.js';
import { checkArgument } from '../internal/check-option.js';
import { safeRandom } from '../internal/default-random.js';
import { housekeeping } from '../lane/attempt.js';
import { createLane } from '../lane/create-lane.js';
import type { Lane } from '../lane/lane.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import type { DropReason } from '../ledger/drop-reason.js';
import { LaneBooks, type LaneStats } from '../ledger/lane-books.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';
import type { FlushReport } from './flush-report.js';
import type { Parts } from './parts.js';

/** Why a sink has to go. */
export type LeaveReason = Extract<DropReason, 'unregistered' | 'shutdown'>;

/** A sink's place in a collector: its lane, and how it leaves. */
export interface RegisteredSink<E> {
  readonly lane: Lane<E>;
  /** Whether `queue.maxEvents` bounds the lane, for want of a bound of its own. */
  readonly followsConfig: boolean;
  /** Emits when the lane is to take no more batches. */
  readonly leaves$: Observable<unknown>;
  /** Whether it takes batches: from its turn after the registration on, and until it leaves. */
  takesBatches: boolean;
  /** From the call that makes it leave, even if its turn has not come. */
  isLeaving: boolean;
  /** The end of an `unregisterSink`, which a second call joins. */
  departure: Promise<FlushReport> | undefined;
  /** Whether it was given up before it had left. */
  isExpired: boolean;
  /**
   * Takes no more batches, settles what the lane holds, then flushes and closes the sink. Completes when that is done, or given up.
   * It begins at the call, and only once; `exceptOrder` is what it doesn't wait for.
   */
  leave(reason: LeaveReason, exceptOrder: number): Observable<never>;
  /** Gives up: what the lane still holds is dropped, and the sink is flushed and closed without waiting. */
  expire(reason: LeaveReason): void;
}

export type SinkRegistry<E> = ReturnType<typeof openSinkRegistry<E>>;

/** Every sink of a collector, and the books of those that have left. */
export function openSinkRegistry<E>({ recorder, trampoline, scheduler, random, newId }: Parts, defaultLane: LanePatch | undefined) {
  const seats = new Map<string, RegisteredSink<E>>();
  const books = new Map<string, LaneBooks>();
  /** Those with `overflow: 'block'`, which every single event asks for room. */
  let blocking: readonly RegisteredSink<E>[] = [];

  const sortOut = (): void => {
    blocking = [...seats.values()].filter(({ lane }) => lane.options.overflow === 'block');
  };

  function registeredSinkOf(lane: Lane<E>, followsConfig: boolean): RegisteredSink<E> {
    const leaves = new Subject<void>();
    const left = new Subject<never>();
    let leaving: Subscription | undefined;
    /** What the sink was told last. */
    let told: 'flush' | 'close' | undefined;
    let hasLeft = false;
    left.subscribe({
      complete: () => {
        hasLeft = true;
      },
    });

    const tidyUp = (task: 'flush' | 'close'): Observable<never> =>
      defer(() => {
        told = task;
        return housekeeping(lane.sink, task);
      }).pipe(
        catchError((error: unknown) => {
          recorder.sinkFailed(lane.name, toSinkError(error, task === 'flush' ? 'flush_failed' : 'write_failed'), task);
          return EMPTY;
        }),
      );

    const seat: RegisteredSink<E> = {
      lane,
      followsConfig,
      leaves$: leaves,
      takesBatches: false,
      isLeaving: false,
      departure: undefined,
      isExpired: false,

      leave(reason, exceptOrder) {
        if (leaving === undefined && !seat.isExpired) {
          leaving = new Subscription();
          seat.isLeaving = true;
          seat.takesBatches = false;
          leaves.next();
          const dropRest$ = defer(() => {
            lane.stop(reason);
            return EMPTY;
          });
          leaving.add(concat(lane.settled(exceptOrder), dropRest$, tidyUp('flush'), tidyUp('close')).subscribe(left));
        }
        return left;
      },

      expire(reason) {
        if (seat.isExpired || hasLeft) return;
        seat.isExpired = seat.isLeaving = true;
        seat.takesBatches = false;
        // First of all, lest the lane's end be taken for a good one.
        leaving?.unsubscribe();
        lane.stop(reason);
        const flushing = told === undefined ? tidyUp('flush').subscribe() : undefined;
        if (told !== 'close') tidyUp('close').subscribe();
        flushing?.unsubscribe();
        left.complete();
      },
    };
    return seat;
  }

  return {
    /** By name. */
    all: seats as ReadonlyMap<string, RegisteredSink<E>>,

    isBlocking: () => blocking.length > 0,

    /**
     * Makes a seat for a sink. Whoever takes the name of a sink that has left goes on in its books.
     *
     * @throws TypeError for what is no sink, or a lane option outside its range
     * @throws Error when the name is taken
     */
    open(sink: EventSink<E>, patch: LanePatch | undefined, maxEvents: number): RegisteredSink<E> {
      checkArgument('sink', sink, aSink);
      const { name } = sink;
      if (seats.has(name)) throw new Error(`Expected a sink with a name of its own, got a second '${name}'`);
      const options = resolveLaneOptions({ maxEvents }, defaultLane, patch);
      const laneBooks = books.get(name) ?? new LaneBooks();
      laneBooks.removed = false;
      const lane = createLane<E>(sink, options, {
        scheduler,
        random: safeRandom(random),
        newId,
        books: laneBooks,
        enter: (work) => {
          trampoline.enter(work);
        },
        onAttemptFailed: (error) => {
          recorder.sinkFailed(name, error, 'process');
        },
        onBreaker: (state) => {
          recorder.report({ type: 'breaker', sink: name, state });
        },
      });
      const seat = registeredSinkOf(lane, (patch?.maxEvents ?? defaultLane?.maxEvents) === undefined);
      seats.set(name, seat);
      books.set(name, laneBooks);
      sortOut();
      return seat;
    },

    remove({ lane }: RegisteredSink<E>): void {
      lane.books.removed = true;
      seats.delete(lane.name);
      sortOut();
    },

    /** Whether every lane that refuses events at the admission has room for one more, beside `open` events that are not in a batch yet. */
    hasRoom: (open: number) => blocking.every(({ lane, isLeaving }) => isLeaving || lane.load + open < lane.maxEvents),

    /** A batch is about to be handed out: whoever asks for room meanwhile finds it counted everywhere. */
    reserve(count: number): void {
      for (const { lane, takesBatches, isLeaving } of blocking) if (takesBatches && !isLeaving) lane.reserve(count);
    },

    /** Whether some full lane that refuses events holds none itself: only a cut of the open batch can make room there. */
    isBlockedByOpenBatch: (open: number) => blocking.some(({ lane, isLeaving }) => !isLeaving && lane.load === 0 && open >= lane.maxEvents),

    stats: (): Record<string, LaneStats> => Object.fromEntries([...books].map(([name, laneBooks]) => [name, laneBooks.snapshot()])),

    report: (): FlushReport['sinks'] =>
      Object.fromEntries(
        [...books].map(([name, { delivered, failed, dropped, pending }]) => [name, { delivered, failed, dropped, pending }]),
      ),
  };
}
