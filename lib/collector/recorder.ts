import { endWith, ignoreElements, map, startWith, Subject, takeUntil, throttleTime, type Observable, type SchedulerLike } from 'rxjs';
import type { SinkError } from '../errors/sink-error.js';
import type { Delivery } from '../lane/delivery.js';
import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import { Ledger, outcomeOf, type CollectOutcome } from '../ledger/ledger.js';
import { openDiagnostics, type CallbackSource, type LossReason } from './diagnostics.js';

const STATS_INTERVAL_MS = 1_000;

export type Recorder = ReturnType<typeof openRecorder>;

/** Books and tells: no event is lost in the ledger without being reported on `diagnostics$`, and the other way round. */
export function openRecorder(hasStages: boolean, scheduler: SchedulerLike) {
  const ledger = new Ledger(hasStages);
  const diagnostics = openDiagnostics(scheduler);
  const changes = new Subject<void>();

  const lost = (count: number, reason: LossReason, error?: unknown, sink?: string): void => {
    const details = { ...(sink !== undefined && { sink }), ...(error !== undefined && { error }) };
    diagnostics.count({ type: 'loss', reason, ...details }, `${reason} ${String(sink)}`, count);
  };

  const changed = (): void => {
    if (changes.observed) changes.next();
  };

  const tell = (count: number, reason: RejectReason | 'closed', error?: unknown): void => {
    if (reason !== 'filtered' && reason !== 'sampled') lost(count, reason, error);
    changed();
  };

  return {
    ledger,
    ...diagnostics,
    /** To be called whenever the books may have changed and nobody would otherwise notice. */
    changed,

    /** An event is turned away at the admission. */
    reject(reason: RejectReason, error?: unknown): CollectOutcome {
      ledger.reject(reason);
      tell(1, reason, error);
      return outcomeOf(reason);
    },

    /** An event comes after closing time. */
    refuse(): CollectOutcome {
      ledger.refuse();
      tell(1, 'closed');
      return 'closed';
    },

    /** An event that was held for consent goes no further. */
    rejectHeld(reason: RejectReason, error?: unknown): void {
      ledger.rejectHeld(reason);
      tell(1, reason, error);
    },

    /** Accepted events are lost before they were in a batch. */
    loseBuffered(count: number, reason: DropReason, error?: unknown): void {
      if (count === 0) return;
      ledger.dropBuffered(count, reason);
      tell(count, reason, error);
    },

    /** An event is lost inside the user's stages, or as it comes out. */
    loseInStages(reason: DropReason, error?: unknown): void {
      ledger.dropInStages(reason);
      tell(1, reason, error);
    },

    /** How a batch, or part of one, ended; the lane's books have it already. */
    delivered<E>(delivery: Delivery<E>): void {
      const { sink, batch, status } = delivery;
      if (status === 'failed') lost(batch.events.length, status, delivery.error, sink);
      if (status === 'dropped') lost(batch.events.length, delivery.reason, undefined, sink);
    },

    /** @param task what failed: the books count no failed `close` */
    sinkFailed(sink: string, error: SinkError, task: 'process' | 'flush' | 'close'): void {
      if (task !== 'close') ledger.flushFailed();
      diagnostics.count({ type: 'sink_error', sink, error }, `${error.kind} ${sink}`, 1);
    },

    /** A callback of the user's did. */
    threw(callback: CallbackSource, error: unknown): void {
      diagnostics.count({ type: 'callback_error', callback, error }, callback, 1);
    },

    /** A view of the books: now, when they change, at most once a second, and at the end. */
    watch<T>(view: () => T): Observable<T> {
      const end$ = changes.pipe(ignoreElements(), endWith(undefined));
      return changes.pipe(
        startWith(undefined),
        throttleTime(STATS_INTERVAL_MS, scheduler, { leading: true, trailing: true }),
        // A throttle would put the end off until its timer fires.
        takeUntil(end$),
        endWith(undefined),
        map(view),
      );
    },

    complete(): void {
      changes.complete();
      diagnostics.complete();
    },
  };
}
