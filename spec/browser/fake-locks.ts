interface Request {
  readonly grant: () => void;
}

/** The exclusive locks of Web Locks, which Node 20 lacks: each name is granted in the order of requests. `isBlocked` refuses them all. */
export class FakeLocks {
  readonly #waiting = new Map<string, Request[]>();
  isBlocked = false;

  /** Names of the locks that are held. */
  get held(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** The name of each request that waits. */
  get pending(): readonly string[] {
    return [...this.#waiting].flatMap(([name, queue]) => queue.map(() => name));
  }

  readonly request = async (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown): Promise<unknown> => {
    if (this.isBlocked) throw new DOMException('Locks are blocked', 'SecurityError');
    const { signal, ifAvailable = false } = options;
    signal?.throwIfAborted();
    const queue = this.#waiting.get(name);
    if (queue !== undefined && ifAvailable) return callback(null);
    if (queue === undefined) this.#waiting.set(name, []);
    else await this.#turn(queue, signal);
    // Like the browser's, which are granted by another process.
    await Promise.resolve();
    try {
      return await callback({ name, mode: 'exclusive' });
    } finally {
      const next = this.#waiting.get(name)?.shift();
      if (next === undefined) this.#waiting.delete(name);
      else next.grant();
    }
  };

  readonly query = (): Promise<LockManagerSnapshot> =>
    Promise.resolve({ held: this.held.map((name) => ({ name, mode: 'exclusive', clientId: 'a' })), pending: [] });

  #turn(queue: Request[], signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = { grant: resolve };
      queue.push(request);
      signal?.addEventListener('abort', () => {
        const index = queue.indexOf(request);
        if (index === -1) return;
        queue.splice(index, 1);
        reject(signal.reason as Error);
      });
    });
  }
}
