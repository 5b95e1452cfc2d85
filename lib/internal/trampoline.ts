import type { SchedulerAction, SchedulerLike } from 'rxjs';
import { Deque } from './deque.js';

/**
 * Queues re-entrant work, like RxJS's `queueScheduler`: work added during a turn runs after it, in order, on an empty stack.
 *
 * Each task has a depth: 0 for a call from outside, 1 for a task that was added by such a call, and so on.
 */
export class Trampoline {
  /** Set only by this class. A field rather than an accessor, because it is read for every event. */
  isRunning = false;
  /** The depth of the running task; 0 outside. Set only by this class. */
  depth = 0;
  readonly #waiting = new Deque<Deferred>();
  #isWaiting = false;
  /** Called with errors thrown by tasks. */
  readonly onError: (error: unknown) => void;
  /** Called after each turn, when the queue is empty. */
  onEnd: (() => void) | undefined;

  constructor(onError: (error: unknown) => void) {
    this.onError = onError;
  }

  /** Runs `work` immediately, within the running turn or as a new one. */
  enter(work: () => void): void {
    if (this.isRunning) work();
    else this.defer(work, 0);
  }

  /** Runs `work` immediately if no turn is running, otherwise after the tasks added before. */
  defer(work: () => void, depth: number): void {
    this.#waiting.push({ work, depth });
    this.#isWaiting = true;
    if (!this.isRunning) this.end();
  }

  /** Opens a turn without a closure, for the hot path; call `end` afterwards. */
  begin(depth: number): void {
    this.isRunning = true;
    this.depth = depth;
  }

  /** Runs the tasks added meanwhile, and closes the turn. */
  end(): void {
    if (this.#isWaiting) this.#runWaiting();
    this.isRunning = false;
    this.depth = 0;
    this.onEnd?.();
  }

  /** Separate from `end`, which runs for every event, nearly always with an empty queue: a small `end` is inlined. */
  #runWaiting(): void {
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      this.begin(task.depth);
      try {
        task.work();
      } catch (error) {
        this.onError(error);
      }
    }
    this.#isWaiting = false;
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
