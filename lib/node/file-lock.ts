import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, utimesSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** After this time without a renewal, another machine may take the lock over: it can't ask whether our process is alive. */
const ABANDONED_MS = 60_000;
/** How often the lock's time is renewed. */
const RENEWAL_MS = 5_000;

/** The content of a lock file. */
interface LockOwner extends ProcessIdentity {
  readonly token: string;
}

/** Locks that this process holds. */
const held = new Set<string>();
/** Locks that it has released, but whose files could not be removed. */
const released = new Set<string>();

/**
 * An advisory lock: a file beside the locked one, with the identity of the process that holds it.
 *
 * ```
 *   no lock file                                       ─► create it
 *   its process is dead, or another has its id         ─► take it over
 *   its process is alive                               ─► SinkError FILE_LOCKED
 *   its machine or container has been started again    ─► take it over
 *   elsewhere, renewed within a minute                 ─► SinkError FILE_LOCKED
 *   elsewhere, not renewed                             ─► take it over
 * ```
 *
 * A process id counts in one container only: a restarted one usually has the id 1 again. If the container has another name, too, nothing says that
 * its predecessor has ended, but that it does not renew the lock.
 */
export class FileLock {
  readonly #path: string;
  readonly #now: () => number;
  readonly #token = randomUUID();
  /** When the lock was last confirmed. */
  #confirmedAt = -Infinity;

  constructor(path: string, now: () => number) {
    this.#path = `${path}.lock`;
    this.#now = now;
  }

  /** Takes the lock, or confirms that it is still ours. @throws SinkError if another writer holds it */
  async hold(): Promise<void> {
    if (this.confirm()) return;
    const owner = await ownerIn(this.#path);
    if (owner !== undefined) await this.#takeOver(owner);
    await this.#create();
    held.add(this.#token);
    this.#confirmedAt = this.#now();
  }

  /** Whether the lock is ours, and not taken over. Renews it. */
  confirm(): boolean {
    if (!held.has(this.#token)) return false;
    const now = this.#now();
    if (now - this.#confirmedAt < RENEWAL_MS && now >= this.#confirmedAt) return true;
    if (!this.#isOurs()) {
      held.delete(this.#token);
      return false;
    }
    tryGet(() => {
      utimesSync(this.#path, now / 1_000, now / 1_000);
    });
    this.#confirmedAt = now;
    return true;
  }

  /** Synchronous, so that the next owner in this process need not wait for it. */
  release(): void {
    if (!held.delete(this.#token)) return;
    this.#confirmedAt = -Infinity;
    if (!this.#isOurs()) return;
    released.add(this.#token);
    rmSync(this.#path, { force: true });
    released.delete(this.#token);
  }

  #isOurs(): boolean {
    const text = tryGet(() => readFileSync(this.#path, 'utf8'));
    return text !== undefined && ownerOf(text).token === this.#token;
  }

  async #create(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const owner: LockOwner = { ...ownIdentity(), token: this.#token };
    const handle = await open(this.#path, 'wx').catch(async (error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? this.#refusal(await ownerIn(this.#path)) : error;
    });
    try {
      await handle.writeFile(JSON.stringify(owner)).finally(() => handle.close());
    } catch (error) {
      // Without an owner, as on a full disk, it would lock the file for everybody.
      await rm(this.#path, { force: true });
      throw error;
    }
  }

  /** Removes the lock of a dead process. */
  async #takeOver(owner: Partial<LockOwner>): Promise<void> {
    if (!(await this.#isStale(owner))) throw this.#refusal(owner);
    const aside = `${this.#path}.${this.#token}`;
    // By renaming, because two processes may find the lock stale at once: only one of them gets hold of it.
    await rename(this.#path, aside).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    const taken = await ownerIn(aside);
    if (taken !== undefined && taken.token !== owner.token) {
      // The other process was faster: this is its new lock.
      await rename(aside, this.#path);
      throw this.#refusal(taken);
    }
    await rm(aside, { force: true });
  }

  async #isStale(owner: Partial<LockOwner>): Promise<boolean> {
    const { pid, host, token, startedAt } = owner;
    if (pid !== undefined && host !== undefined) {
      const ended = hasEnded({ ...owner, pid, host });
      // It could not be removed when it was released, or the system does not say when a process has started.
      const isOwn = pid === process.pid && token !== undefined && (released.has(token) || (startedAt === undefined && !held.has(token)));
      if (ended !== undefined) return ended || isOwn;
    }
    // Another machine, or a lock that is being written.
    const { mtimeMs } = await stat(this.#path).catch(() => ({ mtimeMs: -Infinity }));
    return this.#now() - mtimeMs > ABANDONED_MS;
  }

  #refusal({ pid, host }: Partial<LockOwner> = {}): SinkError {
    const holder = pid === undefined ? 'another process' : `process ${String(pid)}${host === hostname() ? '' : ` on ${String(host)}`}`;
    const message = `The file is written by ${holder}, which holds ${this.#path}. Use {pid} in the path for one file per process`;
    return new SinkError('unavailable', message, { code: 'FILE_LOCKED' });
  }
}

async function ownerIn(path: string): Promise<Partial<LockOwner> | undefined> {
  try {
    return ownerOf(await readFile(path, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : {};
  }
}

function ownerOf(text: string): Partial<LockOwner> {
  const owner = tryGet(() => JSON.parse(text) as unknown);
  return isObject(owner) ? owner : {};
}
