import { finalize, from, type ObservableInput, type ObservedValueOf, type OperatorFunction } from 'rxjs';
import { aFunction, anInteger, checkArgument, oneOf } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';

export interface BoundedMergeMapOptions<T> {
  /** Maximum number of concurrent inner observables; `Infinity` is allowed. @default 1 */
  readonly concurrency?: number | undefined;
  /** Maximum number of waiting values, not counting running ones; `Infinity` is allowed. @default 1000 */
  readonly capacity?: number | undefined;
  /** Which value is dropped when the queue is full: the new one, or the one that has waited the longest. @default 'drop_newest' */
  readonly overflow?: 'drop_newest' | 'drop_oldest' | undefined;
  /** Called with each dropped value. If it throws, the stream continues. */
  readonly onDrop?: ((value: T) => void) | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<BoundedMergeMapOptions<never>, 'onDrop'>(() => ({
  concurrency: [anInteger(1, true), 1],
  capacity: [anInteger(0, true), 1000],
  overflow: [oneOf(['drop_newest', 'drop_oldest']), 'drop_newest'],
  onDrop: [aFunction],
}));

/**
 * `mergeMap` with a bounded queue: if values arrive faster than they can be processed, the excess is dropped and reported.
 *
 * ```
 * source   --a-b-c-d--------------|
 *          boundedMergeMap(() => timer(6), { capacity: 1 })
 * result   --------a-----b--------|        c and d are dropped: a was running, b was waiting
 * ```
 *
 * Except for dropped values it behaves like `mergeMap(project, concurrency)`. An error of the source, of an inner observable or of `project` ends the
 * result and all inner observables. The result completes when the source and all inner observables have completed. The stack doesn't grow if many
 * inner observables complete synchronously.
 *
 * @throws TypeError if `project` is not a function, and for an invalid or unknown option
 * @example
 * const dropped: number[] = [];
 * const slowly = (n: number) => timer(10).pipe(map(() => n));
 * const done = await lastValueFrom(
 *   of(1, 2, 3).pipe(boundedMergeMap(slowly, { capacity: 1, onDrop: (n) => dropped.push(n) }), toArray()),
 * );
 * expect([done, dropped]).to.deep.equal([[1, 2], [3]]);
 */
export function boundedMergeMap<T, O extends ObservableInput<unknown>>(
  project: (value: T, index: number) => O,
  options: BoundedMergeMapOptions<T> = {},
): OperatorFunction<T, ObservedValueOf<O>> {
  checkArgument('project', project, aFunction);
  const { concurrency, capacity, overflow, onDrop } = OPTIONS.parse(options) as ReturnType<typeof OPTIONS.parse> &
    Pick<BoundedMergeMapOptions<T>, 'onDrop'>;
  return operate<T, ObservedValueOf<O>>((destination) => {
    const waiting = new Deque<T>();
    let running = 0;
    let index = 0;
    let isSourceDone = false;
    /** A loop drains the queue. An inner observable that completes synchronously must not drain it recursively. */
    let isDraining = false;

    const start = (value: T): void => {
      running += 1;
      const inner = from(project(value, index++) as ObservableInput<ObservedValueOf<O>>).pipe(
        // The next inner observable starts after this one has released its resources, not when it completes.
        finalize(() => {
          running -= 1;
          if (!isDraining) drain();
        }),
        operate<ObservedValueOf<O>, ObservedValueOf<O>>(() => ({
          next: (result) => {
            destination.next(result);
          },
          complete: () => undefined,
        })),
      );
      inner.subscribe(destination);
    };

    const drain = (): void => {
      isDraining = true;
      try {
        while (waiting.length > 0 && running < concurrency && !destination.closed) start(waiting.shift() as T);
      } catch (error) {
        destination.error(error);
      }
      isDraining = false;
      completeWhenDone();
    };

    const completeWhenDone = (): void => {
      if (isSourceDone && running === 0 && waiting.length === 0) destination.complete();
    };

    const wait = (value: T): void => {
      if (waiting.length < capacity) {
        waiting.push(value);
      } else if (overflow === 'drop_newest' || capacity === 0) {
        drop(value);
      } else {
        const oldest = waiting.shift() as T;
        waiting.push(value);
        drop(oldest);
      }
    };

    const drop = (value: T): void => {
      try {
        onDrop?.(value);
      } catch {
        // The value is dropped anyway; an error of the callback must not end the stream.
      }
    };

    return {
      next: (value) => {
        // A slot may be free while the queue is being drained, but older values are waiting for it.
        if (running < concurrency && waiting.length === 0) start(value);
        else wait(value);
      },
      complete: () => {
        isSourceDone = true;
        completeWhenDone();
      },
    };
  });
}
