import { SinkError } from '../errors/sink-error.js';
import { newId } from '../event/new-id.js';
import { databaseError } from './database-error.js';

/**
 * The pages and workers ("owners") that use one store, each with its own lock. One of them leads: it takes over the batches of owners that end.
 *
 * ```
 * locks    NAME           the leader; the others wait for it
 *          NAME owner A   held as long as A lives
 *          NAME owner B   held as long as B lives; the leader waits for it, and gets it when B has ended or crashed
 * ```
 *
 * However a page ends, the browser releases its locks. A page in the back/forward cache keeps them, and is discarded as soon as another one requests
 * them.
 */
export class SpoolOwners {
  /** This owner's id. An owner that started later has a greater one. */
  readonly me: string = newId();
  readonly #name: string;
  readonly #prefix: string;
  /** The functions that release held or requested locks, with the names of the locks. A page that is frozen while it opens may request one twice. */
  readonly #held = new Map<() => void, string>();
  /** Aborts all waiting lock requests. */
  #end = new AbortController();
  #channel: BroadcastChannel | undefined;
  #hasLeft = false;

  constructor(name: string) {
    this.#name = name;
    this.#prefix = `${name} owner `;
  }

  /** Whether this owner's lock is held or requested. */
  get isEntered(): boolean {
    return [...this.#held.values()].includes(this.#prefix + this.me);
  }

  /** Takes this owner's lock, and announces it to the leader. */
  async enter(): Promise<void> {
    if (this.isEntered) return;
    await this.#hold(this.#prefix + this.me, {});
    const channel = new BroadcastChannel(this.#name);
    channel.postMessage(this.me);
    channel.close();
  }

  /** Becomes the leader, unless another owner leads. Resolves with whether it did. */
  lead(): Promise<boolean> {
    return this.#hold(this.#name, { ifAvailable: true });
  }

  /** Waits until the leader ends, then becomes the leader. */
  leadNext(): Promise<boolean> {
    return this.#hold(this.#name, { signal: this.#end.signal });
  }

  /** For the leader: calls `onEnded` for each other owner that ends, including owners that start later. Resolves with the living owners. */
  async watch(onEnded: (owner: string) => void): Promise<ReadonlySet<string>> {
    const watched = new Set([this.me]);
    const { signal } = this.#end;
    const watch = (owner: string): void => {
      if (watched.has(owner) || signal.aborted) return;
      watched.add(owner);
      const name = this.#prefix + owner;
      this.#hold(name, { signal }).then(() => {
        onEnded(owner);
        // The owner may only be suspended, and enter again.
        watched.delete(owner);
        this.#release((each) => each === name);
      }, ignore);
    };
    // An owner that starts after this line is announced on the channel; an earlier one holds its lock, which `query` returns.
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => {
      if (typeof data === 'string') watch(data);
    };
    const { held = [] } = await navigator.locks.query();
    const living = held.flatMap(({ name = '' }) => (name.startsWith(this.#prefix) ? [name.slice(this.#prefix.length)] : []));
    for (const owner of living) watch(owner);
    return new Set(living);
  }

  /** Releases all locks; with `isKept`, all except this owner's lock. `enter` and `lead` may follow. */
  suspend(isKept: boolean): void {
    this.#channel?.close();
    this.#channel = undefined;
    this.#end.abort();
    this.#end = new AbortController();
    this.#release((name) => !isKept || name !== this.#prefix + this.me);
  }

  leave(): void {
    this.#hasLeft = true;
    this.suspend(false);
  }

  #release(isMeant: (name: string) => boolean): void {
    for (const [release, name] of [...this.#held]) if (isMeant(name)) release();
  }

  /** Resolves with whether the lock is held. */
  #hold(name: string, options: LockOptions): Promise<boolean> {
    if (this.#hasLeft) return Promise.reject(new SinkError('write_failed', 'The store was closed', { code: 'SPOOL_CLOSED' }));
    return new Promise((resolve, reject) => {
      let end: () => void = ignore;
      const released = new Promise<void>((done) => {
        end = done;
      });
      const release = (): void => {
        this.#held.delete(release);
        end();
      };
      this.#held.set(release, name);
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        if (lock === null) release();
        resolve(lock !== null);
        return lock === null ? undefined : released;
      };
      navigator.locks.request(name, options, hold).catch((error: unknown) => {
        release();
        // After `suspend`, the promise stays pending.
        if (options.signal?.aborted !== true) reject(databaseError(error, 'The lock could not be taken'));
      });
    });
  }
}

const ignore = (): void => undefined;
