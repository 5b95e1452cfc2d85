import { catchError, from, merge, Subject, Subscription, throwError, timeout, type Observable, type SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { LaneStoreSession, RecoveredBatches, StoreChange, StoredBatch } from '../lane/lane-spool.js';
import { BatchDatabase, type BatchKey, type StorageDurability } from './batch-database.js';
import { databaseError } from './database-error.js';
import { listen } from './dom.js';
import { thisPage } from './page.js';
import { SpoolOwners } from './spool-owners.js';

export interface SessionOptions {
  readonly name: string;
  readonly durability: StorageDurability;
  readonly maxBytes: number;
  readonly scheduler: SchedulerLike;
}

/** A batch of this lane that is in the store. */
interface Entry {
  readonly key: BatchKey;
  /** The lane's position of the batch minus the position in its key. */
  readonly offset: number;
  readonly bytes: number;
}

/** How long the lane waits for the store, in milliseconds. */
const OPEN_MS = 5_000;

/**
 * The batches of one sink in one page or worker.
 *
 * ```
 * open the database ─► take the own lock ─┬─ no other leads ─► emit batches of ended owners ────────────────┐
 *                                         └─ emit nothing; lead when the leader has ended, and do the same ─┤
 *                                                        emit the batches of each other owner when it ends ◄┘
 * ```
 */
export class IndexedDbSession implements LaneStoreSession {
  readonly #sink: string;
  readonly #options: SessionOptions;
  readonly #owners: SpoolOwners;
  readonly #entries = new Map<string, Entry>();
  readonly #found$ = new Subject<RecoveredBatches>();
  readonly #listeners = new Subscription();
  #bytes = 0;
  #db: BatchDatabase | undefined;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #isReopening = false;
  #hasLeft = false;

  constructor(sink: string, options: SessionOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#owners = new SpoolOwners(`rx-event-collector ${JSON.stringify([options.name, sink])}`);
  }

  recover(): Observable<RecoveredBatches> {
    const { scheduler } = this.#options;
    const late = new SinkError('write_failed', `The database did not open within ${String(OPEN_MS)} ms`, { code: 'SPOOL_UNAVAILABLE' });
    const opened = from(this.#open()).pipe(timeout({ first: OPEN_MS, scheduler, with: () => throwError(() => late) }));
    return merge(opened, this.#found$).pipe(
      catchError((error: unknown) => {
        this.#leave();
        return throwError(() => databaseError(error, 'The store could not be opened'));
      }),
    );
  }

  write({ put, remove }: StoreChange): Promise<void> {
    const [first = ''] = remove;
    // A part is stored under the owner of its batch, even if that is another page.
    const { key: { owner } = { owner: this.#owners.me }, offset = 0 } = this.#entries.get(first) ?? {};
    const removed = remove.flatMap((id) => this.#forget(id));
    const records: [BatchKey, string][] = [];
    for (const { id, position, json } of put) {
      const key = this.#entries.get(id)?.key ?? { owner, position: position - offset, id };
      records.push([key, json]);
      this.#remember({ key, offset, bytes: json.length });
    }
    const { maxBytes } = this.#options;
    if (put.length > 0 && this.#bytes > maxBytes) {
      const full = new SinkError('write_failed', `The batch does not fit into the ${String(maxBytes)} bytes of the store`, {
        code: 'SPOOL_FULL',
      });
      return this.#refuse(put, removed, full);
    }
    // A freezing page has released the lock if its store was empty; a later listener may still collect.
    if (put.length > 0 && !this.#owners.isEntered) void this.#owners.enter().catch(ignore);
    return this.#write(removed, records).catch((error: unknown) => this.#refuse(put, removed, error));
  }

  async read(id: string): Promise<string | undefined> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    try {
      if (this.#db === undefined) throw this.#closed();
      return await this.#db.read(entry.key);
    } catch (error) {
      throw databaseError(error, 'The batch could not be read', 'unavailable');
    }
  }

  async close(): Promise<void> {
    // After the last write, another page may take over the batches.
    await this.#lastWrite.catch(ignore);
    this.#leave();
  }

  async #open(): Promise<RecoveredBatches> {
    const found = await this.#openDatabase().then(() => this.#join());
    const { document } = thisPage() ?? {};
    if (document !== undefined) {
      // A page in the back/forward cache would be discarded for locks that it doesn't need. Another page can lead.
      this.#listeners.add(
        listen(document, 'freeze', () => {
          this.#owners.suspend(this.#entries.size > 0);
        }),
      );
      this.#listeners.add(
        listen(document, 'resume', () => {
          this.#emit(this.#join());
        }),
      );
    }
    return found;
  }

  async #openDatabase(): Promise<void> {
    const { name, durability } = this.#options;
    this.#db = await BatchDatabase.open(name, this.#sink, durability, (error) => {
      this.#db = undefined;
      this.#reopen(error);
    });
    if (this.#hasLeft) this.#leave();
  }

  /** Opens the database again. The browser refuses that while it clears the storage; the next write then tries again. */
  #reopen(error: SinkError): void {
    if (this.#isReopening || this.#hasLeft) return;
    this.#isReopening = true;
    const opened = this.#openDatabase().catch(() => this.#openDatabase());
    this.#emit(opened.then(() => ({ batches: [], damage: error, isLost: true })));
    const end = (): void => {
      this.#isReopening = false;
    };
    opened.then(end, end);
  }

  /** Becomes the leader and takes over, or waits for its turn to lead. */
  async #join(): Promise<RecoveredBatches> {
    await this.#owners.enter();
    if (await this.#owners.lead()) return this.#takeOver();
    this.#emit(this.#owners.leadNext().then(() => this.#takeOver()));
    return { batches: [] };
  }

  /** For the leader: reads the batches of owners that have ended. */
  async #takeOver(): Promise<RecoveredBatches> {
    const living = await this.#owners.watch((owner) => {
      this.#emit(this.#read([owner]));
    });
    const owners = (await this.#db?.owners()) ?? [];
    return this.#read(owners.filter((owner) => !living.has(owner)));
  }

  /** Reads the batches of these owners. In the lane, the positions of each owner's batches follow those of the previous owner. */
  async #read(owners: readonly string[]): Promise<RecoveredBatches> {
    const batches: StoredBatch[] = [];
    const damaged: IDBValidKey[] = [];
    let offset = 0;
    for (const owner of owners) {
      const found = (await this.#db?.readAll(owner)) ?? { records: [], damaged: [] };
      damaged.push(...found.damaged);
      for (const { key, json } of found.records) {
        if (this.#entries.has(key.id)) continue;
        this.#remember({ key, offset, bytes: json.length });
        batches.push({ id: key.id, position: key.position + offset, json });
      }
      offset = Math.floor(batches.at(-1)?.position ?? -1) + 1;
    }
    if (damaged.length === 0) return { batches };
    this.#db?.remove(damaged).catch(ignore);
    const message = `${String(damaged.length)} damaged records were removed`;
    return { batches, damage: new SinkError('write_failed', message, { code: 'SPOOL_DAMAGED', retryable: false }) };
  }

  #emit(found: Promise<RecoveredBatches>): void {
    found.then(
      (recovered) => {
        this.#found$.next(recovered);
      },
      (error: unknown) => {
        this.#found$.next({ batches: [], damage: databaseError(error, 'The store failed') });
      },
    );
  }

  /** Removes settled batches even if the new ones don't fit: otherwise the next page would send them again. */
  #refuse(put: readonly StoredBatch[], removed: readonly BatchKey[], error: unknown): Promise<never> {
    for (const { id } of put) this.#forget(id);
    if (put.length > 0 && removed.length > 0) this.#write(removed, []).catch(ignore);
    return Promise.reject(databaseError(error, 'The batch could not be stored'));
  }

  async #write(remove: readonly BatchKey[], put: readonly (readonly [BatchKey, string])[]): Promise<void> {
    if (this.#db === undefined) throw this.#closed();
    const write = this.#db.write(remove, put);
    this.#lastWrite = write;
    await write;
  }

  /** Starts to open the database again, and returns the error for this call. */
  #closed(): SinkError {
    const closed = new SinkError('unavailable', 'The database is closed', { code: 'SPOOL_CLOSED' });
    this.#reopen(closed);
    return closed;
  }

  #remember(entry: Entry): void {
    this.#forget(entry.key.id);
    this.#entries.set(entry.key.id, entry);
    this.#bytes += entry.bytes;
  }

  #forget(id: string): BatchKey[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    this.#entries.delete(id);
    this.#bytes -= entry.bytes;
    return [entry.key];
  }

  #leave(): void {
    this.#hasLeft = true;
    this.#listeners.unsubscribe();
    this.#owners.leave();
    this.#db?.close();
    this.#db = undefined;
  }
}

const ignore = (): void => undefined;
