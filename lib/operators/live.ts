import type { Observable, Subscription } from 'rxjs';
import { anInteger, checkArgument } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';

export interface LiveOptions {
  /** Values that are kept for a reader that is behind; beyond it the oldest are dropped. @default 1000 */
  readonly capacity?: number | undefined;
}

/** What a reader of a live stream holds in hand. */
export type LiveIterator<T> = AsyncIterableIterator<T, undefined> & {
  /** Values that were dropped since the call, because the reader was more than `capacity` behind. */
  readonly missed: number;
};

/**
 * Reads a stream with `for await`, at the reader's pace, and never keeps more than `capacity` values for it.
 *
 * ```
 * source   --a-b-c-d-e--|
 *          live(source, { capacity: 2 })
 * reader   --a---------d-e-|        was busy with a until after e; missed: 2
 * ```
 *
 * It subscribes at the call, so that nothing is lost before the first read. When the source completes, what is kept can still be read; when
 * it fails, likewise, and then one read rejects. Leaving the loop (`break`, `return`, a throw) unsubscribes, and so does `await using`.
 *
 * @param options how far a reader may be behind
 * @throws TypeError for an option outside its range
 * @example
 * const events = live(of(1, 2, 3), { capacity: 2 });
 * const seen: number[] = [];
 * for await (const event of events) seen.push(event);
 * expect([seen, events.missed]).to.deep.equal([[2, 3], 1]);
 */
export function live<T>(source$: Observable<T>, { capacity = 1000 }: LiveOptions = {}): LiveIterator<T> {
  checkArgument('capacity', capacity, anInteger(1));
  const reader = new LiveReader<T>(source$, capacity);
  // Looked up at the call: not every runtime knows the symbol.
  const { asyncDispose } = Symbol as { readonly asyncDispose?: symbol };
  if (asyncDispose !== undefined) Object.defineProperty(reader, asyncDispose, { value: () => reader.return() });
  return reader;
}

type Result<T> = IteratorResult<T, undefined>;

/** A `next` that waits for a value. */
interface Reading<T> {
  readonly resolve: (result: Result<T>) => void;
  readonly reject: (error: unknown) => void;
}

const done = (): IteratorReturnResult<undefined> => ({ done: true, value: undefined });

class LiveReader<T> implements LiveIterator<T> {
  readonly #kept = new Deque<T>();
  /** Only while nothing is kept. */
  readonly #readings = new Deque<Reading<T>>();
  readonly #subscription: Subscription;
  #missed = 0;
  #isDone = false;
  /** The source's error, until a read has rejected with it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(source$: Observable<T>, capacity: number) {
    this.#subscription = source$.subscribe({
      next: (value) => {
        this.#take(value, capacity);
      },
      error: (error: unknown) => {
        this.#failure = { error };
        this.#end();
      },
      complete: () => {
        this.#end();
      },
    });
  }

  get missed(): number {
    return this.#missed;
  }

  next(): Promise<Result<T>> {
    if (this.#kept.length > 0) return Promise.resolve({ done: false, value: this.#kept.shift() as T });
    return new Promise((resolve, reject) => {
      this.#readings.push({ resolve, reject });
      if (this.#isDone) this.#end();
    });
  }

  return(): Promise<Result<T>> {
    this.#stop();
    return Promise.resolve(done());
  }

  async throw(error?: unknown): Promise<Result<T>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(value: T, capacity: number): void {
    const reading = this.#readings.shift();
    if (reading !== undefined) {
      reading.resolve({ done: false, value });
      return;
    }
    this.#kept.push(value);
    if (this.#kept.length <= capacity) return;
    this.#kept.shift();
    this.#missed += 1;
  }

  #end(): void {
    this.#isDone = true;
    for (const reading of this.#readings.drain()) {
      const failure = this.#failure;
      this.#failure = undefined;
      if (failure === undefined) reading.resolve(done());
      else reading.reject(failure.error);
    }
  }

  #stop(): void {
    this.#subscription.unsubscribe();
    this.#kept.drain();
    this.#failure = undefined;
    this.#end();
  }
}
