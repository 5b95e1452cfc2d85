import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import { isAlive, startOf } from './process-identity.js';

/** After this time without an append, another host may take the lock over: it can't ask whether our process is alive. */
const ABANDONED_MS = 60_000;
/** How often an append renews the lock's time. */
const RENEWAL_MS = 5_000;

/** The content of a lock file. */
interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, where the system knows: a process id is used again. */
  readonly startedAt?: string | undefined;
  readonly token: string;
}

/** Locks that this process holds. */
const held = new Set<string>();

/**
 * An advisory lock: a file beside the locked one, with the id of the process that holds it.
 *
 * ```
 *   no lock file                               ─► create it
 *   its process is dead, or another has its id ─► take it over
 *   another host, renewed within a minute      ─► SinkError FILE_LOCKED
 *   its process is alive                       ─► SinkError FILE_LOCKED
 * ```
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
    const now = this.#now();
    if (held.has(this.#token) && now - this.#confirmedAt < RENEWAL_MS && now >= this.#confirmedAt) return;
    const owner = await this.#owner();
    if (owner?.token === this.#token) await this.#renew();
    else {
      held.delete(this.#token);
      if (owner !== undefined) await this.#takeOver(owner);
      await this.#create();
      held.add(this.#token);
    }
    this.#confirmedAt = now;
  }

  /** Synchronous, so that the next owner in this process need not wait for it. */
  release(): void {
    if (!held.delete(this.#token)) return;
    this.#confirmedAt = -Infinity;
    const text = tryGet(() => readFileSync(this.#path, 'utf8'));
    if (text !== undefined && ownerOf(text).token === this.#token) rmSync(this.#path, { force: true });
  }

  async #create(): Promise<void> {
    const owner: LockOwner = { pid: process.pid, host: hostname(), startedAt: startOf(process.pid), token: this.#token };
    await mkdir(dirname(this.#path), { recursive: true });
    try {
      const handle = await open(this.#path, 'wx');
      await handle.writeFile(JSON.stringify(owner)).finally(() => handle.close());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw this.#refusal(await this.#owner());
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

  async #isStale({ pid, host, startedAt, token }: Partial<LockOwner>): Promise<boolean> {
    if (pid === undefined || host !== hostname()) {
      // Another host, or a lock that is being written.
      const { mtimeMs } = await stat(this.#path).catch(() => ({ mtimeMs: -Infinity }));
      return this.#now() - mtimeMs > ABANDONED_MS;
    }
    if (!isAlive(pid)) return true;
    const start = startOf(pid);
    if (start !== undefined && startedAt !== undefined) return start !== startedAt;
    return pid === process.pid && !held.has(String(token));
  }

  async #renew(): Promise<void> {
    const handle = await open(this.#path, 'r+');
    const seconds = this.#now() / 1_000;
    await handle.utimes(seconds, seconds).finally(() => handle.close());
  }

  /** `undefined` if there is no lock, and empty if it can't be read. */
  #owner(): Promise<Partial<LockOwner> | undefined> {
    return ownerIn(this.#path);
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
