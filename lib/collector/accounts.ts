import { endWith, ignoreElements, map, startWith, Subject, takeUntil, throttleTime, type Observable, type SchedulerLike } from 'rxjs';
import type { Delivery } from '../lane/delivery.js';
import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import { Ledger, outcomeOf, type CollectOutcome } from '../ledger/ledger.js';
import { Diagnostics, type LossReason } from './diagnostics.js';

const STATS_INTERVAL_MS = 1_000;

/** Books and tells: no event is lost in the ledger without being reported on `diagnostics$`, and the other way round. */
export class Accounts {
  readonly ledger: Ledger;
  readonly diagnostics: Diagnostics;
  readonly #changes = new Subject<void>();
  readonly #scheduler: SchedulerLike;

  constructor(hasStages: boolean, scheduler: SchedulerLike) {
    this.ledger = new Ledger(hasStages);
    this.diagnostics = new Diagnostics(scheduler);
    this.#scheduler = scheduler;
  }

  /** An event is turned away at the door. */
  reject(reason: RejectReason, error?: unknown): CollectOutcome {
    this.ledger.reject(reason);
    this.#tell(1, reason, error);
    return outcomeOf(reason);
  }

  /** An event comes after closing time. */
  refuse(): CollectOutcome {
    this.ledger.refuse();
    this.#tell(1, 'closed');
    return 'closed';
  }

  /** An event that was held for consent goes no further. */
  rejectHeld(reason: RejectReason, error?: unknown): void {
    this.ledger.rejectHeld(reason);
    this.#tell(1, reason, error);
  }

  /** Accepted events are lost before they were in a batch. */
  loseBuffered(count: number, reason: DropReason, error?: unknown): void {
    if (count === 0) return;
    this.ledger.dropBuffered(count, reason);
    this.#tell(count, reason, error);
  }

  /** An event is lost inside the user's stages, or as it comes out. */
  loseInStages(reason: DropReason, error?: unknown): void {
    this.ledger.dropInStages(reason);
    this.#tell(1, reason, error);
  }

  /** How a batch, or part of one, ended; the lane's books have it already. */
  delivered<E>(delivery: Delivery<E>): void {
    const { sink, batch, status } = delivery;
    if (status === 'failed') this.diagnostics.lost(batch.events.length, 'failed', sink, delivery.error);
    if (status === 'dropped') this.diagnostics.lost(batch.events.length, delivery.reason, sink);
  }

  /** To be called whenever the books may have changed and nobody would otherwise notice. */
  changed(): void {
    if (this.#changes.observed) this.#changes.next();
  }

  /** A view of the books: now, when they change, at most once a second, and at the end. */
  watch<T>(view: () => T): Observable<T> {
    const end$ = this.#changes.pipe(ignoreElements(), endWith(undefined));
    return this.#changes.pipe(
      startWith(undefined),
      throttleTime(STATS_INTERVAL_MS, this.#scheduler, { leading: true, trailing: true }),
      // A throttle would put the end off until its timer fires.
      takeUntil(end$),
      endWith(undefined),
      map(view),
    );
  }

  complete(): void {
    this.#changes.complete();
    this.diagnostics.complete();
  }

  #tell(count: number, reason: RejectReason | 'closed', error?: unknown): void {
    if (reason !== 'filtered' && reason !== 'sampled') this.diagnostics.lost(count, reason satisfies LossReason, undefined, error);
    this.changed();
  }
}
