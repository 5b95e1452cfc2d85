import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { Observable, type ObservableInput, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { SinkError, toSinkError } from '../errors/sink-error.js';
import type { LaneStoreSession, RecoveredBatches, StoreChange } from '../lane/lane-spool.js';
import { failAs } from './file-error.js';
import { FileLock } from './file-lock.js';
import { SegmentLog, type SegmentLogOptions } from './segment-log.js';

export interface FileSessionOptions extends SegmentLogOptions {
  readonly scheduler: SchedulerLike;
}

/** How often the lock of a log with batches is renewed, and how often another process's lock is tried again. */
const WATCH_MS = 15_000;

/**
 * A log in a folder that only one process uses at a time.
 *
 * ```
 * opened    ─► the lock is renewed as long as there are batches
 * locked    ─► nothing is stored; once the other process has ended, its remaining batches are recovered
 * lost      ─► the folder was removed, or another machine has taken the lock: same as locked
 * ```
 */
export class FileSession implements LaneStoreSession {
  readonly #options: FileSessionOptions;
  readonly #lock: FileLock;
  /** Defined while this process holds the lock. */
  #log: SegmentLog | undefined;
  /** The error of writes while there is no log. */
  #refusal: SinkError = new SinkError('unavailable', 'The store is not open', { code: 'SPOOL_CLOSED' });
  #subscriber: Subscriber<RecoveredBatches> | undefined;
  #timer: Subscription | undefined;
  #isClosed = false;

  constructor(options: FileSessionOptions) {
    this.#options = options;
    this.#lock = new FileLock(join(options.dir, 'lock'), () => options.scheduler.now());
  }

  recover(): Observable<RecoveredBatches> {
    return new Observable((subscriber) => {
      this.#subscriber = subscriber;
      this.#open().then(
        (recovered) => {
          subscriber.next(recovered);
        },
        (error: unknown) => {
          const refusal = toSinkError(error);
          // Wait: the other process may end.
          if (refusal.code === 'FILE_LOCKED') subscriber.next({ batches: [], damage: this.#wait(refusal) });
          else subscriber.error(refusal);
        },
      );
    });
  }

  write(change: StoreChange): ObservableInput<unknown> | undefined {
    const log = this.#log;
    if (log === undefined) throw this.#refusal;
    if (!log.isPresent) throw this.#lose('The folder of the store was removed', 'SPOOL_REMOVED');
    if (!this.#lock.confirm()) throw this.#lose('Another process has taken the folder over', 'FILE_LOCKED');
    try {
      return log.write(change);
    } finally {
      this.#watch(log.hasBatches);
    }
  }

  read(id: string): Observable<string | undefined> {
    return new Observable((subscriber) => {
      try {
        subscriber.next(this.#log?.read(id));
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    });
  }

  /** Synchronous, so that the folder is free when a collector has shut down. */
  close(): undefined {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    try {
      this.#log?.close();
    } finally {
      this.#lock.release();
    }
  }

  async #open(): Promise<RecoveredBatches> {
    await mkdir(this.#options.dir, { recursive: true }).catch(failAs('unavailable'));
    await this.#lock.hold().catch(failAs('unavailable'));
    const log = new SegmentLog(this.#options);
    try {
      const recovered = await log.open();
      // If the session was closed meanwhile, the batches stay in the folder for the next owner.
      if (this.#isClosed) {
        log.abandon();
        this.#lock.release();
      } else {
        this.#log = log;
        this.#watch(log.hasBatches);
      }
      return recovered;
    } catch (error) {
      this.#lock.release();
      return failAs('unavailable')(error);
    }
  }

  #lose(message: string, code: string): SinkError {
    this.#log?.abandon();
    this.#log = undefined;
    this.#lock.release();
    return this.#wait(new SinkError('unavailable', message, { code }));
  }

  /** Refuses all writes until the folder is free. */
  #wait(refusal: SinkError): SinkError {
    this.#refusal = refusal;
    this.#watch();
    return refusal;
  }

  /** Sets the timer, unless it is set already. */
  #watch(isNeeded = true): void {
    if (!isNeeded || this.#isClosed || this.#timer?.closed === false) return;
    this.#timer = this.#options.scheduler.schedule(() => {
      this.#timer?.unsubscribe();
      this.#check();
    }, WATCH_MS);
  }

  #check(): void {
    const log = this.#log;
    if (log === undefined) {
      this.#open().then(
        (recovered) => {
          if (!this.#isClosed) this.#subscriber?.next({ ...recovered, isLost: true });
        },
        (error: unknown) => {
          this.#wait(toSinkError(error));
        },
      );
    } else if (this.#lock.confirm()) this.#watch(log.hasBatches);
    else this.#subscriber?.next({ batches: [], damage: this.#lose('Another process has taken the folder over', 'FILE_LOCKED') });
  }
}
