import { concat, from, map, of, Subject, type Observable } from 'rxjs';
import type { LaneStoreSession, RecoveredBatches, StoreChange, StoredBatch } from '../../lib/lane/lane-spool.js';
import type { LaneStore, LaneStoreLimits } from '../../lib/lane/lane-spool.js';
import { laneStore } from '../../lib/lane/lane-store.js';

/** A store in memory, which outlives the collectors that use it, and fails on request. */
export class MemoryStore {
  readonly stored = new Map<string, StoredBatch>();
  /** What `write` throws, while it is set. */
  writeError: Error | undefined;
  /** What `recover` rejects with, while it is set. */
  openError: Error | undefined;
  damage: RecoveredBatches['damage'];
  closed = 0;
  /** Delays `recover` until it resolves. */
  opening: Promise<void> = Promise.resolve();

  /** The result of `close`. */
  closing: Promise<void> | undefined;
  limits: LaneStoreLimits;
  canRead = true;
  /** The result of `write`. */
  writing: Subject<void> | undefined;
  /** Delays `read` until it emits. */
  reading: Observable<unknown> = of(undefined);
  /** Batches of another process, for the open stores. */
  readonly takenOver = new Subject<RecoveredBatches>();

  constructor(limits: LaneStoreLimits = {}) {
    this.limits = limits;
  }

  /** A lane's view of it, as a new process would open it. */
  open(): LaneStore {
    return laneStore(
      (): LaneStoreSession => ({
        recover: () => concat(from(this.#recover()), this.takenOver),
        write: (change) => {
          this.#write(change);
          return this.writing;
        },
        ...(this.canRead && { read: (id) => this.reading.pipe(map(() => this.stored.get(id)?.json)) }),
        close: () => {
          this.closed += 1;
          return this.closing;
        },
      }),
      this.limits,
    );
  }

  /** Numbers of the stored events, batch by batch. */
  numbers(): number[][] {
    return [...this.stored.values()]
      .sort((a, b) => a.position - b.position)
      .map(({ json }) => (JSON.parse(json) as { events: { data: { n: number } }[] }).events.map(({ data }) => data.n));
  }

  async #recover(): Promise<RecoveredBatches> {
    await this.opening;
    if (this.openError !== undefined) throw this.openError;
    const batches = [...this.stored.values()].sort((a, b) => a.position - b.position);
    return { batches, damage: this.damage };
  }

  #write({ put, remove }: StoreChange): void {
    if (this.writeError !== undefined) throw this.writeError;
    for (const id of remove) this.stored.delete(id);
    for (const batch of put) this.stored.set(batch.id, batch);
  }
}
