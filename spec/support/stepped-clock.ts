import { VirtualTimeScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';
import { runUntil } from '../../lib/internal/run-until.js';

/** Virtual time with a wall clock that can be set, while timers run on undisturbed. */
export class SteppedClock implements SchedulerLike {
  readonly timers = new VirtualTimeScheduler();
  /** Every delay that was asked for. */
  readonly delays: number[] = [];
  #shift = 1_700_000_000_000;

  now(): number {
    return this.timers.now() + this.#shift;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    this.delays.push(delay);
    return this.timers.schedule(work, delay, state);
  }

  /** Sets the wall clock forward or back. */
  step(ms: number): void {
    this.#shift += ms;
  }

  /** Advances time, and runs the timers that are due. */
  pass(ms: number): void {
    runUntil(this.timers, this.timers.now() + ms);
  }
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
