import { finalize, from, type ObservableInput, type ObservedValueOf, type OperatorFunction } from 'rxjs';
import { aFunction, anInteger, checkArgument, oneOf } from '../internal/check-option.js';
import { Deque } from '../internal/deque.js';
import { operate } from '../internal/operate.js';

export interface BoundedMergeMapOptions<T> {
  /** Inner observables that run at once; `Infinity` is allowed. @default 1 */
  readonly concurrency?: number | undefined;
  /** Values that wait at most, running ones aside; `Infinity` is allowed. @default 1000 */
  readonly capacity?: number | undefined;
  /** Which value goes when one more comes than may wait: it, or the one that has waited longest. @default 'drop_newest' */
  readonly overflow?: 'drop_newest' | 'drop_oldest' | undefined;
  /** Told about each value that is dropped. What it throws is ignored: the value is gone already. */
  readonly onDrop?: ((value: T) => void) | undefined;
}

const DEFAULTS = { concurrency: 1, capacity: 1000, overflow: 'drop_newest' };

/**
 * `mergeMap` whose queue has a bound: where more values come than can be worked off, memory stays and values go, each one reported.
 *
 * ```
 * source   --a-b-c-d--------------|
 *          boundedMergeMap(() => timer(6), { capacity: 1 })
 * result   --------a-----b--------|        c and d are dropped: a was running, b was waiting
 * ```
 *
 * But for what is dropped it is `mergeMap(project, concurrency)`. An error, of an inner observable or of `project` too, ends the result
 * and everything that runs. The result completes when source and inner observables have. However many inner observables complete at once,
 * the stack doesn't grow.
 *
 * @throws TypeError for an option outside its range
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
  const { concurrency = DEFAULTS.concurrency, capacity = DEFAULTS.capacity, overflow = DEFAULTS.overflow, onDrop } = options;
  checkArgument('project', project, aFunction);
  checkArgument('concurrency', concurrency, anInteger(1, true));
  checkArgument('capacity', capacity, anInteger(0, true));
  checkArgument('overflow', overflow, oneOf(['drop_newest', 'drop_oldest']));
  if (onDrop !== undefined) checkArgument('onDrop', onDrop, aFunction);
  return operate<T, ObservedValueOf<O>>((destination) => {
    const waiting = new Deque<T>();
    let running = 0;
    let index = 0;
    let isSourceDone = false;
    /** A queue is worked off by a loop, in which inner observables that complete at once only count down. */
    let isWorkingOff = false;

    const start = (value: T): void => {
      running += 1;
      const inner = from(project(value, index++) as ObservableInput<ObservedValueOf<O>>).pipe(
        // The turn of the next one comes when this one has let go of its resources, not already when it completes.
        finalize(() => {
          running -= 1;
          if (!isWorkingOff) workOff();
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

    const workOff = (): void => {
      isWorkingOff = true;
      try {
        while (waiting.length > 0 && running < concurrency && !destination.closed) start(waiting.shift() as T);
      } catch (error) {
        destination.error(error);
      }
      isWorkingOff = false;
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
        // The value is out already; a callback that throws must not take the stream with it.
      }
    };

    return {
      next: (value) => {
        // While the queue is worked off there may be room, and somebody who came before.
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
