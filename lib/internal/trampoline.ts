import type { SchedulerAction, SchedulerLike } from 'rxjs';
import { Deque } from './deque.js';

/**
 * Gives re-entrant work its turn, like RxJS's `queueScheduler`: what is asked for during a turn runs after it, in order, on an empty stack.
 *
 * Each piece of work carries its depth in the chain of causes: 0 comes from outside, 1 was asked for by that, and so on.
 */
export class Trampoline {
  readonly #waiting = new Deque<Deferred>();
  /** Told what work threw. */
  readonly onError: (error: unknown) => void;
  readonly #onEnd: () => void;
  #isRunning = false;
  #depth = 0;

  /** `onEnd` is called after each turn, when everything is settled again. */
  constructor(onError: (error: unknown) => void, onEnd: () => void) {
    this.onError = onError;
    this.#onEnd = onEnd;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Of the work that is running; 0 outside. */
  get depth(): number {
    return this.#depth;
  }

  /** Runs now: as part of the turn that is running, or as one of its own. */
  enter(work: () => void): void {
    if (this.#isRunning) work();
    else this.defer(work, 0);
  }

  /** Runs now when no turn is running, otherwise when those asked for before have run. */
  defer(work: () => void, depth: number): void {
    this.#waiting.push({ work, depth });
    if (!this.#isRunning) this.end();
  }

  /** Opens a turn by hand, for a hot path that can't afford a closure; `end` must follow. */
  begin(depth: number): void {
    this.#isRunning = true;
    this.#depth = depth;
  }

  /** Runs what came up meanwhile, and closes the turn. */
  end(): void {
    while (this.#waiting.length > 0) this.#runNext();
    this.#isRunning = false;
    this.#depth = 0;
    this.#onEnd();
  }

  /** Apart from `end`, which every event passes through, and nearly always with nothing to run. */
  #runNext(): void {
    const { work, depth } = this.#waiting.shift() as Deferred;
    this.begin(depth);
    try {
      work();
    } catch (error) {
      this.onError(error);
    }
  }
}

interface Deferred {
  readonly work: () => void;
  readonly depth: number;
}

/** A scheduler whose work runs in trampoline. */
export function onTrampoline(scheduler: SchedulerLike, trampoline: Trampoline): SchedulerLike {
  return {
    now: () => scheduler.now(),
    schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) {
      return scheduler.schedule<T>(
        function (given) {
          trampoline.enter(() => {
            work.call(this, given);
          });
        },
        delay,
        state,
      );
    },
  };
}
