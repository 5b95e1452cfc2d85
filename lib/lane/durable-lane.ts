import { SinkError } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import type { DropReason } from '../ledger/drop-reason.js';
import type { EventSink } from '../sink/sink.js';
import { nextAttempt } from './back-off.js';
import { Lane, type LaneEnv } from './lane.js';
import type { LaneSettings } from './lane-options.js';
import type { LaneSpool, LaneStore } from './lane-spool.js';
import { isSettled, type QueuedBatch } from './queued-batch.js';

/**
 * A lane that also keeps its batches in a store until they are settled.
 *
 * ```
 *  start ─► recovery: batches of earlier runs ──► queue ─► attempt, as in every lane
 *                                                   ▲
 *  offer ─► queue, and the store ── beyond maxEvents ─► only the store ── its slot is free ─► read back
 *  keep, stop ─► stored batches are kept for the next run
 * ```
 *
 * Attempts start after the recovery has ended, so that older batches are sent first.
 */
export class DurableLane<E> extends Lane<E> {
  readonly #spool: LaneSpool<E>;
  /** Decides what is done with the batches of earlier runs once they are read. Undefined after that. */
  #recovery: Recovery | undefined;
  #isStopped = false;

  constructor(store: LaneStore, sink: EventSink<E>, options: LaneSettings, env: LaneEnv<E>) {
    super(sink, options, env);
    const onError = (error: unknown): void => {
      env.enter(() => env.onStoreError?.(error));
    };
    this.#spool = store.open<E>(sink.name, onError, env.scheduler);
  }

  override start(): void {
    this.lastOrder = RECOVERY;
    // A flush waits for the recovered batches, too.
    this.barrier.entered(this, 1);
    // Decided now: consent that is granted before the store is read applies to later events only.
    const refusal = this.env.refusal?.();
    this.#recovery = refusal === undefined ? {} : { refusal };
    this.isRecovering = true;
    const onRecovered = (batches: readonly EventBatch<E>[]): void => {
      this.env.enter(() => {
        this.#onRecovered(batches);
      });
    };
    const onWritten = (): void => {
      this.env.enter(() => {
        this.#reportAllStored();
        this.evictExcess();
        this.pump();
      });
    };
    const onLost = (): void => {
      this.env.enter(() => {
        for (const { batch } of this.live()) if (batch.events.length > 0) this.#spool.put(batch);
      });
    };
    const onLate = (): void => {
      this.env.enter(() => {
        this.#endRecovering();
        this.evictExcess();
        this.pump();
      });
    };
    this.#spool.recover(onRecovered, { onWritten, onLost, onLate });
  }

  override countSafe(): number {
    const spool = this.#spool;
    if (this.ledger.pending === 0) return 0;
    return this.live().reduce((sum, { batch, stored }) => {
      const safe =
        stored === undefined ? batch.events.filter((event) => spool.isSafe(batch, event)).length : spool.canRead(batch) ? stored : 0;
      return sum + safe;
    }, 0);
  }

  override offer(batch: EventBatch<E>, attemptedId?: string, refusal?: DropReason): void {
    // Ids must be unique in a store, but a dead letter may be offered again before it is settled.
    const isKnown = attemptedId !== undefined && this.live().some((queued) => queued.batch.id === batch.id && !isSettled(queued));
    super.offer(isKnown ? batchOf({ ...batch, id: this.env.newId(), parentId: batch.id }) : batch, attemptedId, refusal);
  }

  override keepAtEnd(): void {
    this.keepsAtEnd = true;
  }

  override purge(reason: DropReason): void {
    // Batches that are recovered later are older than the purge, so it applies to them even if consent is granted again by then.
    if (this.#recovery !== undefined) this.#recovery.refusal = reason;
    super.purge(reason);
  }

  override keep(): void {
    if (this.#recovery !== undefined) this.#recovery.isKept = true;
    this.keepBatches(this.live().filter(({ isInFlight }) => !isInFlight));
    this.pump();
  }

  override stop(reason: DropReason, onClosed?: () => void): void {
    this.#isStopped = true;
    this.#endRecovering();
    if (this.keepsAtEnd) this.keepBatches(this.live());
    super.stop(reason);
    this.#spool.close(() => {
      this.env.enter(() => onClosed?.());
    });
  }

  protected override onOffered(batch: EventBatch<E>): void {
    this.#spool.put(batch);
    this.#reportStored(batch);
  }

  protected override onReplaced(batch: EventBatch<E>, parts: readonly EventBatch<E>[]): void {
    this.#spool.replace(batch, parts);
    // The parts may be stored although the store had refused the whole batch.
    for (const part of parts) this.#reportStored(part);
  }

  protected override keepBatches(batches: readonly QueuedBatch<E>[]): void {
    const spool = this.#spool;
    for (const queued of batches) {
      const { batch, stored } = queued;
      const rest = batch.events.filter((event) => !spool.isSafe(batch, event));
      // Not kept if the store has lost its batches.
      const count = stored === undefined ? batch.events.length - rest.length : spool.canRead(batch) ? stored : 0;
      if (count === 0) continue;
      this.ledger.settle(count, { status: 'kept' });
      const isLeft = new Set(rest);
      this.env.settlements?.settle(this.name, queued.followed ?? batch.events.filter((event) => !isLeft.has(event)), 'kept');
      if (rest.length === 0) this.retire(queued);
      // The rest gets another id, so that the stored batch stays when these events leave.
      else queued.batch = batchOf({ ...batch, events: rest, id: this.env.newId(), parentId: batch.id });
      this.barrier.settled(queued, count);
    }
  }

  /** Removes the newest batches from memory. They are read back from the store when they get a slot. */
  protected override unload(excess: number): number {
    const spool = this.#spool;
    // Events that are being written can probably be removed soon.
    let left = excess - Math.min(spool.writing, this.maxEvents);
    for (const queued of this.queue.newest()) {
      if (left <= 0) break;
      const { batch } = queued;
      const { length } = batch.events;
      if (length === 0 || !spool.canRead(batch)) continue;
      queued.stored = length;
      if (this.env.settlements?.has(batch.events)) queued.followed = batch.events;
      queued.batch = batchOf({ ...batch, events: [] });
      this.onlyStored += length;
      left -= length;
    }
    return left;
  }

  protected override proceed(queued: QueuedBatch<E>): void {
    if (queued.stored === undefined || this.env.pauseClock.isPaused) super.proceed(queued);
    else
      this.#readBack(queued, () => {
        this.proceed(queued);
      });
  }

  protected override attempt(queued: QueuedBatch<E>): void {
    if (queued.stored === undefined) super.attempt(queued);
    else
      this.#readBack(queued, () => {
        this.attempt(queued);
      });
  }

  protected override retire(queued: QueuedBatch<E>): void {
    this.onlyStored -= queued.stored ?? 0;
    queued.stored = undefined;
    super.retire(queued);
  }

  #onRecovered(batches: readonly EventBatch<E>[]): void {
    const recovery = this.#recovery;
    this.#recovery = undefined;
    if (this.#isStopped) {
      // The ledger is final; but refused batches must be removed, so that the next run doesn't send them.
      if ((recovery?.refusal ?? this.env.refusal?.()) !== undefined) for (const batch of batches) this.#spool.replace(batch, []);
      return;
    }
    this.#continueWith(batches, recovery);
    // Batches that were offered during the recovery may be stored by now.
    this.#reportAllStored();
    if (recovery?.isKept) this.keep();
    this.evictExcess();
    this.#endRecovering();
    this.pump();
  }

  /** Has an effect once: a store may open late, and lanes are stopped again at the end of the pipeline. */
  #endRecovering(): void {
    if (!this.isRecovering) return;
    this.isRecovering = false;
    this.barrier.settled(this, 1);
  }

  /** Queues batches of an earlier run before all others, or batches taken over from another process behind them. Each may have been attempted. */
  #continueWith(batches: readonly EventBatch<E>[], recovery: Recovery | undefined): void {
    let order = recovery === undefined ? this.lastOrder : 0;
    const recovered: QueuedBatch<E>[] = [];
    for (const batch of batches) {
      order += 1;
      const { length } = batch.events;
      const queued: QueuedBatch<E> = { order, batch, attemptedId: batch.id, attempts: 0 };
      recovered.push(queued);
      this.ledger.recover(length);
      if (recovery === undefined) this.barrier.entered(queued, length);
      else this.barrier.recovered(queued, length);
      this.enqueue(queued);
    }
    this.lastOrder = Math.max(this.lastOrder, order);
    const refusal = recovery?.refusal ?? this.env.refusal?.();
    if (refusal !== undefined) this.drop(recovered, refusal);
    else
      this.drop(
        recovered.filter(({ batch }) => this.#isExpired(batch)),
        'expired',
      );
  }

  /** Checks first whether an event is awaited, because `live` sorts all batches. */
  #reportAllStored(): void {
    if (this.env.settlements?.isStoreAwaited) for (const { batch } of this.live()) this.#reportStored(batch);
  }

  #reportStored(batch: EventBatch<E>): void {
    const { settlements } = this.env;
    if (settlements?.isStoreAwaited !== true) return;
    settlements.store(
      this.name,
      batch.events.filter((event) => this.#spool.isSafe(batch, event)),
    );
  }

  /** Whether a batch was in the store for too long. */
  #isExpired({ createdAt }: EventBatch<E>): boolean {
    return this.env.scheduler.now() - createdAt > this.#spool.maxAgeMs;
  }

  /** Reads back a batch that is only in the store. It occupies its slot meanwhile. */
  #readBack(queued: QueuedBatch<E>, onRead: () => void): void {
    /** Skips `work` if the batch was dropped or kept meanwhile. */
    const then = (work: () => void): void => {
      this.env.enter(() => {
        if (queued.stored !== undefined) work();
      });
    };
    const reading = this.#spool.read(
      queued.batch,
      (events) => {
        then(() => {
          if (events.length === queued.stored) this.#restore(queued, events, onRead);
          else {
            const error = new SinkError('write_failed', 'The store did not return the batch', { code: 'SPOOL_DAMAGED', retryable: false });
            this.env.onStoreError?.(error);
            this.#fail(queued, error);
          }
        });
      },
      (error) => {
        then(() => {
          this.#onReadFailed(queued, error);
        });
      },
    );
    // If the store answered synchronously, the slot is already used for the next step.
    if (!reading.closed) queued.slot = reading;
  }

  #restore(queued: QueuedBatch<E>, events: readonly E[], onRead: () => void): void {
    this.onlyStored -= events.length;
    queued.stored = undefined;
    queued.failedReads = undefined;
    queued.batch = batchOf({ ...queued.batch, events });
    this.queue.readBack?.(queued);
    queued.followed?.forEach((event, index) => this.env.settlements?.readBack(event, events[index]));
    queued.followed = undefined;
    if (!this.#isExpired(queued.batch)) onRead();
    else {
      this.drop([queued], 'expired');
      this.pump();
    }
  }

  /** Reads again after a back-off: the batch is still in the store. */
  #onReadFailed(queued: QueuedBatch<E>, error: SinkError): void {
    this.env.onStoreError?.(error);
    const { elapsed, random, pauseClock } = this.env;
    const now = pauseClock.now();
    const { count, since } = (queued.failedReads = {
      count: (queued.failedReads?.count ?? 0) + 1,
      since: queued.failedReads?.since ?? now,
    });
    const next = nextAttempt(error, { attempts: count, firstAttemptAt: since }, this.options.retry, now, random);
    if (next !== undefined && !queued.isLastAttempt) this.wait(queued, elapsed() + next.delayMs);
    else {
      if (next !== undefined && this.keepsAtEnd) this.keepBatches([queued]);
      this.#fail(queued, error);
    }
  }

  #fail(queued: QueuedBatch<E>, error: SinkError): void {
    this.takeOut(queued, { status: 'failed', error })();
    this.pump();
  }
}

/** What is done with the batches of earlier runs once they are read. */
interface Recovery {
  /** Set if consent is denied or the lane was purged: the batches are dropped for this reason. */
  refusal?: DropReason;
  /** Whether they stay in the store. */
  isKept?: boolean;
}

/** The order of the recovery itself. Recovered batches have lower orders, batches of this run higher ones. */
const RECOVERY = 2 ** 32;
