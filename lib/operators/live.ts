import type { Observable, Subscription } from 'rxjs';
import { anInteger, anObservable, checkArgument } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { optionsOf } from '../internal/options.js';

export interface LiveOptions {
  /** Maximum number of values kept for a slow reader; then the oldest are dropped. @default 1000 */
  readonly capacity?: number | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<LiveOptions>(() => ({ capacity: [anInteger(1), 1000] }));

/** The iterator that `live` returns. */
export interface LiveIterator<T> extends AsyncIterator<T, undefined> {
  // Doesn't extend `AsyncIterableIterator`, which has only one type parameter before TypeScript 5.6: `LiveIterator` would be `any` there.
  /** Number of values dropped since `live` was called, because the reader was more than `capacity` behind. */
  readonly missed: number;
  next(): Promise<IteratorResult<T, undefined>>;
  return(): Promise<IteratorResult<T, undefined>>;
  throw(error?: unknown): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): this;
}

/**
 * Reads a stream with `for await`, at the reader's pace. At most `capacity` unread values are kept.
 *
 * ```
 * source   --a-b-c-d-e--|
 *          live(source, { capacity: 2 })
 * reader   --a---------d-e-|        busy with a until after e; missed: 2
 * ```
 *
 * Subscribes immediately: no value is lost before the first read. When the source completes or fails, the kept values can still be read. After a
 * failure, the read after them rejects. Leaving the loop (`break`, `return`, a throw) unsubscribes, and so does `await using`.
 *
 * @throws TypeError if `source$` is not an Observable, and for an invalid or unknown option
 * @example
 * const events = live(of(1, 2, 3), { capacity: 2 });
 * const seen: number[] = [];
 * for await (const event of events) seen.push(event);
 * expect([seen, events.missed]).to.deep.equal([[2, 3], 1]);
 */
export function live<T>(source$: Observable<T>, options: LiveOptions = {}): LiveIterator<T> {
  checkArgument('source$', source$, anObservable);
  const { capacity } = OPTIONS.parse(options);
  const reader = new LiveReader<T>(source$, capacity);
  // Looked up at each call, since not every runtime has the symbol.
  const { asyncDispose } = Symbol as { readonly asyncDispose?: symbol };
  if (asyncDispose !== undefined) Object.defineProperty(reader, asyncDispose, { value: () => reader.return() });
  return reader;
}

type Result<T> = IteratorResult<T, undefined>;

/** A `next` call waiting for a value. */
interface Reading<T> {
  readonly resolve: (result: Result<T>) => void;
  readonly reject: (error: unknown) => void;
}

const done = (): IteratorReturnResult<undefined> => ({ done: true, value: undefined });

class LiveReader<T> implements LiveIterator<T> {
  readonly #kept = new Deque<T>();
  /** Waiting `next` calls. Empty while values are kept. */
  readonly #readings = new Deque<Reading<T>>();
  readonly #subscription: Subscription;
  #missed = 0;
  #isDone = false;
  /** The source's error, until a read has rejected with it. */
  #failure: { readonly error: unknown } | undefined;

  constructor(source$: Observable<T>, capacity: number) {
    this.#subscription = source$.subscribe({
      next: (value) => {
        this.#onValue(value, capacity);
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

  #onValue(value: T, capacity: number): void {
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
