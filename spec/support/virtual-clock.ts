import { VirtualAction, VirtualTimeScheduler, type SchedulerAction, type Subscription } from 'rxjs';

/**
 * Virtual time with three kinds of change: `pass` runs timers in time, `suspend` lets them fire late, as after the sleep of a machine, and
 * `step` sets only the wall clock.
 */
export class VirtualClock extends VirtualTimeScheduler {
  /** Every delay passed to `schedule`, in milliseconds. */
  readonly delays: number[] = [];
  #wall: number;

  /** @param start what the wall clock shows first */
  constructor(start = 1_700_000_000_000) {
    super(VirtualAction);
    this.#wall = start;
    this.now = () => this.frame + this.#wall;
  }

  /** Milliseconds since the clock was created, without steps. */
  get elapsed(): number {
    return this.frame;
  }

  /** Number of timers that are set. */
  get timers(): number {
    return this.actions.length;
  }

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    this.delays.push(delay);
    return super.schedule(work, delay, state);
  }

  /** Advances time, and runs the timers that are due: overdue ones late, the others in time. */
  pass(ms: number): void {
    const end = this.frame + ms;
    for (let runs = 0, action = this.actions[0]; action !== undefined && action.delay <= end; runs += 1, action = this.actions[0]) {
      if (runs > 100_000) throw new Error('Timers without a delay follow each other endlessly');
      this.actions.shift();
      this.frame = Math.max(this.frame, action.delay);
      const error: unknown = action.execute(action.state, action.delay);
      if (error !== undefined) throw error;
    }
    this.frame = Math.max(this.frame, end);
  }

  /** Advances time without running timers. */
  suspend(ms: number): void {
    this.frame += ms;
  }

  /** Sets the wall clock forward or back. Timers are not affected. */
  step(ms: number): void {
    this.#wall += ms;
  }
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
