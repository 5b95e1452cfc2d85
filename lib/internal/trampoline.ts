import type { SchedulerAction, SchedulerLike } from 'rxjs';
import { Deque } from './deque.js';

/**
 * Queues re-entrant work, like RxJS's `queueScheduler`: work added during a turn runs after it, in order, on an empty stack.
 *
 * Each task has its depth in the chain of causes: 0 for a call from outside, 1 for a task added by that one, and so on.
 */
export class Trampoline {
  readonly #waiting = new Deque<Deferred>();
  /** Called with errors thrown by tasks. */
  readonly onError: (error: unknown) => void;
  readonly #onEnd: () => void;
  #isRunning = false;
  #depth = 0;

  /** `onEnd` is called after each turn, when the queue is empty. */
  constructor(onError: (error: unknown) => void, onEnd: () => void) {
    this.onError = onError;
    this.#onEnd = onEnd;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** The depth of the running task; 0 outside. */
  get depth(): number {
    return this.#depth;
  }

  /** Runs immediately, within the running turn or as a new one. */
  enter(work: () => void): void {
    if (this.#isRunning) work();
    else this.defer(work, 0);
  }

  /** Runs immediately if no turn is running, otherwise after the tasks added before. */
  defer(work: () => void, depth: number): void {
    this.#waiting.push({ work, depth });
    if (!this.#isRunning) this.end();
  }

  /** Opens a turn without a closure, for the hot path; call `end` afterwards. */
  begin(depth: number): void {
    this.#isRunning = true;
    this.#depth = depth;
  }

  /** Runs the tasks added meanwhile, and closes the turn. */
  end(): void {
    while (this.#waiting.length > 0) this.#runNext();
    this.#isRunning = false;
    this.#depth = 0;
    this.#onEnd();
  }

  /** Separate from `end`, which runs for every event, and nearly always with an empty queue. */
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

/** Wraps a scheduler: its tasks run on the trampoline. */
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
