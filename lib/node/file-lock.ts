import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, utimesSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import { hasEnded, ownIdentity, type ProcessIdentity } from './process-identity.js';

/** After this time without a renewal, a process on another machine may take over the lock: it can't check whether the owner is alive. */
const ABANDONED_MS = 60_000;
/** How often the lock's time is renewed. */
const RENEWAL_MS = 5_000;

/** The content of a lock file. */
interface LockOwner extends ProcessIdentity {
  readonly token: string;
}

/** Tokens of the locks that this process holds. */
const held = new Set<string>();
/** Tokens of released locks whose files could not be removed. */
const released = new Set<string>();

/**
 * An advisory lock: a file next to the locked one, with the identity of the process that holds it.
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
 * A process id is valid within one container only: after a restart, the process usually has the id 1 again. If the new container has another name,
 * too, only the missing renewal shows that the previous owner has ended.
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

  /** Takes the lock, or confirms that this object still holds it. @throws SinkError if another writer holds it */
  async hold(): Promise<void> {
    if (this.confirm()) return;
    const owner = await ownerIn(this.#path);
    if (owner !== undefined) await this.#takeOver(owner);
    await this.#create();
    held.add(this.#token);
    this.#confirmedAt = this.#now();
  }

  /** Whether this object still holds the lock. Renews it if so. */
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

  /** Releases the lock. Synchronous, so that the next owner in this process needn't wait. */
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
      // Remove the lock file without an owner, as after a full disk: it would block all processes.
      await rm(this.#path, { force: true });
      throw error;
    }
  }

  /** Removes the lock of a process that has ended. */
  async #takeOver(owner: Partial<LockOwner>): Promise<void> {
    if (!(await this.#isStale(owner))) throw this.#refusal(owner);
    const aside = `${this.#path}.${this.#token}`;
    // Rename it: if two processes find the lock stale at the same time, only one of them succeeds.
    await rename(this.#path, aside).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    const taken = await ownerIn(aside);
    if (taken !== undefined && taken.token !== owner.token) {
      // Another process was faster, and this is its new lock: restore it.
      await rename(aside, this.#path);
      throw this.#refusal(taken);
    }
    await rm(aside, { force: true });
  }

  async #isStale(owner: Partial<LockOwner>): Promise<boolean> {
    const { pid, host, token, startedAt } = owner;
    if (pid !== undefined && host !== undefined) {
      const ended = hasEnded({ ...owner, pid, host });
      // A lock of this process id that is not held: it could not be removed when it was released, or, if the system doesn't know start times, it
      // belongs to an earlier process.
      const isOwn = pid === process.pid && token !== undefined && (released.has(token) || (startedAt === undefined && !held.has(token)));
      if (ended !== undefined) return ended || isOwn;
    }
    // The owner is on another machine, or the lock is being written.
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
