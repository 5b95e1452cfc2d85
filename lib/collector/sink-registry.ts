import { Subject, type Subscription } from 'rxjs';
import { toSinkError } from '../errors/sink-error.js';
import { checkArgument } from '../internal/check-option.js';
import { callSink } from '../lane/attempt.js';
import type { Lane, LaneEnv } from '../lane/lane.js';
import type { LaneSettings } from '../lane/lane-options.js';
import { createLane } from '../lane/lane-store.js';
import type { PauseClock } from '../lane/pause-clock.js';
import type { DropReason } from '../ledger/drop-reason.js';
import { LaneLedger } from '../ledger/lane-ledger.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';
import type { FlushReport } from './flush-report.js';
import type { Recorder } from './recorder.js';

/** Why a sink leaves. */
export type LeaveReason = Extract<DropReason, 'unregistered' | 'shutdown'>;

/**
 * A registered sink: its lane and its state.
 *
 * ```
 *   registered ──its turn──► active ──unregister, shutdown──► draining ──lane empty, flushed, closed──► closed
 *                                                                 └────────deadline────► abandoned
 * ```
 */
export class RegisteredSink<E> {
  readonly lane: Lane<E>;
  /** Whether `queue.maxEvents` of the configuration bounds the lane. */
  readonly followsConfig: boolean;
  /** Emits when the lane stops accepting batches. */
  readonly leaves$ = new Subject<void>();
  state: 'registered' | 'active' | 'draining' | 'closed' | 'abandoned' = 'registered';
  /** The result of `unregisterSink`, for a second call. */
  departure: Promise<FlushReport> | undefined;
  readonly #recorder: Recorder;
  readonly #onLeft: (() => void)[] = [];
  #hasLeft = false;
  /** The method of the sink that was called last. */
  #called: 'flush' | 'close' | undefined;
  #cancel: (() => void) | undefined;

  constructor(lane: Lane<E>, followsConfig: boolean, recorder: Recorder) {
    this.lane = lane;
    this.followsConfig = followsConfig;
    this.#recorder = recorder;
  }

  /** Whether the sink is leaving or has left. Until its turn of `leave`, it stays active and receives batches. */
  get isLeaving(): boolean {
    return this.departure !== undefined || (this.state !== 'registered' && this.state !== 'active');
  }

  /**
   * Accepts no more batches, and waits until the lane has settled its batches. Then it closes the lane's store, and at the same time flushes and
   * closes the sink. `onLeft` is called when both are done or abandoned. A second call only waits.
   *
   * @param except the batch that is not waited for
   */
  leave(reason: LeaveReason, except: object | undefined, onLeft: () => void): void {
    if (this.state === 'closed' || this.state === 'abandoned') {
      onLeft();
      return;
    }
    this.#onLeft.push(onLeft);
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.state = 'draining';
    this.leaves$.next();
    const cancel = this.lane.whenSettled(except, () => {
      let open = 2;
      const onClosed = (): void => {
        open -= 1;
        if (open > 0 || this.state === 'abandoned') return;
        this.state = 'closed';
        this.#callLeft();
      };
      this.lane.stop(reason, onClosed);
      this.#tidyUp('flush', () => {
        this.#tidyUp('close', onClosed);
      });
    });
    // If the lane had nothing to settle, the sink is being flushed already, and `#tidyUp` has set `#cancel`.
    if (this.#called === undefined) this.#cancel = cancel;
  }

  /** Drops the lane's remaining events, and flushes and closes the sink without waiting. */
  abandon(reason: LeaveReason): void {
    if (this.state === 'closed' || this.state === 'abandoned') return;
    this.state = 'abandoned';
    // Cancel first: stopping the lane would otherwise look like a clean drain.
    this.#cancel?.();
    this.lane.stop(reason);
    const flushing = this.#called === undefined ? this.#tidyUp('flush') : undefined;
    if (this.#called !== 'close') this.#tidyUp('close');
    flushing?.unsubscribe();
    this.#callLeft();
  }

  #tidyUp(task: 'flush' | 'close', onEnd?: () => void): Subscription | undefined {
    this.#called = task;
    const running = callSink(this.lane.sink, task, (failure) => {
      // A promise can't be unsubscribed: ignore its result after the sink was abandoned.
      if (this.#called !== task || (onEnd !== undefined && this.state === 'abandoned')) return;
      if (failure !== undefined) {
        const isFlush = task === 'flush';
        // A failed `close` is reported, but not counted.
        if (isFlush) this.#recorder.ledger.flushErrors += 1;
        this.#recorder.diagnostics?.sinkError(this.lane.name, toSinkError(failure.error, isFlush ? 'flush_failed' : 'write_failed'));
      }
      onEnd?.();
    });
    if (running !== undefined && onEnd !== undefined && !running.closed)
      this.#cancel = () => {
        running.unsubscribe();
      };
    return running;
  }

  #callLeft(): void {
    for (const onLeft of this.#onLeft.splice(0)) onLeft();
  }
}

export interface SinkRegistryOptions<E> {
  readonly recorder: Recorder;
  readonly pauseClock: PauseClock;
  /** Called once for each lane. */
  readonly laneEnv: () => Omit<LaneEnv<E>, 'ledger' | 'settlements' | 'onAttemptFailed' | 'onBreaker'>;
}

/** Every sink of a collector, and the ledgers of those that have left. */
export class SinkRegistry<E> {
  /** Sinks whose lanes have `overflow: 'block'`: `hasCapacity` checks them for each event. */
  blocking: readonly RegisteredSink<E>[] = [];
  readonly #options: SinkRegistryOptions<E>;
  readonly #sinks = new Map<string, RegisteredSink<E>>();
  readonly #ledgers = new Map<string, LaneLedger>();

  constructor(options: SinkRegistryOptions<E>) {
    this.#options = options;
  }

  get(name: string): RegisteredSink<E> | undefined {
    return this.#sinks.get(name);
  }

  all(): RegisteredSink<E>[] {
    return [...this.#sinks.values()];
  }

  /**
   * Registers a sink. If it has the name of a sink that has left, it continues that sink's ledger.
   *
   * @throws TypeError for an invalid sink
   * @throws Error for a duplicate name
   */
  add(sink: EventSink<E>, options: LaneSettings, followsConfig: boolean): RegisteredSink<E> {
    checkArgument('sink', sink, aSink);
    const { name } = sink;
    if (this.#sinks.has(name)) throw new Error(`Duplicate sink name '${name}'. Sink names must be unique; pass \`name\`.`);
    const { recorder, laneEnv } = this.#options;
    const ledger = this.#ledgers.get(name) ?? new LaneLedger();
    ledger.removed = false;
    const lane = createLane<E>(sink, options, {
      ...laneEnv(),
      ledger,
      settlements: recorder.settlements,
      onAttemptFailed: (error) => {
        recorder.ledger.flushErrors += 1;
        recorder.diagnostics?.sinkError(name, error);
      },
      onStoreError: (error) => {
        recorder.diagnostics?.storeError(name, toSinkError(error));
      },
      onBreaker: (state) => {
        recorder.diagnostics?.report({ type: 'breaker', sink: name, state });
      },
    });
    const registered = new RegisteredSink<E>(lane, followsConfig, recorder);
    this.#sinks.set(name, registered);
    this.#ledgers.set(name, ledger);
    this.#updateBlocking();
    return registered;
  }

  remove({ lane }: RegisteredSink<E>): void {
    lane.ledger.removed = true;
    this.#sinks.delete(lane.name);
    this.#updateBlocking();
  }

  /** Calls `onSettled` once every lane has settled its current batches, except the given ones. Returns a function that cancels. */
  whenSettled(except: BatchesInProcess<E>, onSettled: () => void): () => void {
    const cancels: (() => void)[] = [];
    this.#join((sink, onDone) => {
      cancels.push(sink.lane.whenSettled(except.get(sink), onDone));
    }, onSettled);
    return () => {
      for (const cancel of cancels) cancel();
    };
  }

  /** Each sink leaves as soon as its own lane is empty; `onLeft` is called when all have. */
  leave(reason: LeaveReason, except: BatchesInProcess<E>, onLeft: () => void): void {
    this.#join((sink, onDone) => {
      sink.leave(reason, except.get(sink), onDone);
    }, onLeft);
  }

  abandon(reason: LeaveReason): void {
    for (const sink of this.all()) sink.abandon(reason);
  }

  /** For a shutdown: ends waits of lanes that would last longer than `remainingMs`. */
  drainWithin(remainingMs: number): void {
    for (const { lane } of this.all()) {
      lane.keepAtEnd?.();
      lane.drainWithin(remainingMs);
    }
  }

  get isPaused(): boolean {
    return this.#options.pauseClock.isPaused;
  }

  /** Pauses all lanes: no attempt starts until every pause has ended. */
  pause(): void {
    this.#options.pauseClock.pause();
  }

  resume(): void {
    if (this.#options.pauseClock.resume()) for (const { lane } of this.all()) lane.resume();
  }

  retryNow(concurrency: number): void {
    for (const { lane } of this.all()) lane.retryNow(concurrency);
  }

  /** The batch of each sink whose `process` is on the stack: a call from inside must not wait for that batch. */
  batchesInProcess(): BatchesInProcess<E> {
    return new Map(this.all().map((sink) => [sink, sink.lane.inProcess]));
  }

  /** Applies `map` to every ledger. Returns the results by sink name. */
  mapLedgers<T>(map: (ledger: LaneLedger, name: string) => T): Record<string, T> {
    return Object.fromEntries([...this.#ledgers].map(([name, ledger]) => [name, map(ledger, name)]));
  }

  /** Starts work for each sink, and calls `onAllDone` when all of it is done. */
  #join(start: (sink: RegisteredSink<E>, onDone: () => void) => void, onAllDone: () => void): void {
    const sinks = this.all();
    let left = sinks.length + 1;
    const onDone = (): void => {
      left -= 1;
      if (left === 0) onAllDone();
    };
    for (const sink of sinks) start(sink, onDone);
    onDone();
  }

  #updateBlocking(): void {
    this.blocking = this.all().filter(({ lane }) => lane.options.overflow === 'block');
  }
}

type BatchesInProcess<E> = ReadonlyMap<RegisteredSink<E>, object | undefined>;

// Only features use these. They are functions, so that a bundle without the feature doesn't contain them.

/** Names of the sinks that would receive an event collected now. */
export const activeNames = <E>(registry: SinkRegistry<E>): string[] =>
  registry
    .all()
    .filter(({ isLeaving }) => !isLeaving)
    .map(({ lane }) => lane.name);

/** Drops everything that is not in flight in any lane. */
export function purgeLanes<E>(registry: SinkRegistry<E>, reason: DropReason): void {
  for (const { lane } of registry.all()) lane.purge(reason);
}

/** Keeps the stored events of durable lanes in their stores, for the next process or page. */
export function keepLanes<E>(registry: SinkRegistry<E>): void {
  for (const { lane } of registry.all()) lane.keep?.();
}

/** Changes the bound of the lanes that follow the configuration. */
export function setMaxEvents<E>(registry: SinkRegistry<E>, maxEvents: number): void {
  for (const { lane, followsConfig } of registry.all()) if (followsConfig) lane.setMaxEvents(maxEvents);
}

/** Whether every blocking lane has capacity for one more event in addition to the `open` events that are not in a batch yet. */
export const hasCapacity = <E>({ blocking }: SinkRegistry<E>, open: number): boolean =>
  blocking.every(({ lane, isLeaving }) => isLeaving || lane.load + open < lane.maxEvents);

/** Whether a full blocking lane holds no event itself: then only cutting the open batch frees capacity. */
export const isBlockedByOpenBatch = <E>({ blocking }: SinkRegistry<E>, open: number): boolean =>
  blocking.some(({ lane, isLeaving }) => !isLeaving && lane.load === 0 && open >= lane.maxEvents);
