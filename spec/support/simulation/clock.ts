import { VirtualTimeScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';
import { MAX_DELAY_MS } from '../../../lib/internal/check-option.js';

/** A step of the wall clock, or a time in which the process was stopped. */
export interface Disturbance {
  readonly type: 'step' | 'freeze';
  /** How far the clock was set, or how long the process was stopped. */
  readonly ms: number;
  /** Awake time at which it happened. */
  readonly at: number;
}

/**
 * Virtual time, run action by action. It separates the simulation's own timers from those of the collector.
 *
 * There are three clocks: `now` is elapsed time, `awake` is elapsed time without freezes, and the scheduler's `now()` is the wall clock, which
 * can be set. Timers follow elapsed time.
 */
export class Clock {
  /** For the collector. */
  readonly scheduler: SchedulerLike;
  readonly disturbances: Disturbance[] = [];
  /** A delay that real timers could not hold, if one was asked for. */
  invalidDelay: number | undefined;
  /** Elapsed time at the start of the action that is running. */
  actionStartedAt = 0;
  readonly #timers = new VirtualTimeScheduler();
  readonly #own = new Set<Subscription>();
  #shift = 1_700_000_000_000;
  #frozenMs = 0;

  constructor() {
    this.scheduler = {
      now: () => this.now + this.#shift,
      schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription => {
        if (!(delay >= 0 && delay <= MAX_DELAY_MS)) this.invalidDelay ??= delay;
        return this.#timers.schedule(work, delay, state);
      },
    };
  }

  /** Elapsed time. */
  get now(): number {
    return this.#timers.frame;
  }

  /** Elapsed time without freezes. */
  get awake(): number {
    return this.now - this.#frozenMs;
  }

  /** How far steady clocks may lag: while the wall clock catches up with a small step back, no time seems to pass. */
  get lagMs(): number {
    return this.#stepsBack.reduce((sum, { ms }) => (ms >= -1_000 ? sum - ms : sum), 0);
  }

  /** When the wall clock was last set back by more than that: the time since steady clocks were read is lost. */
  get lostTimeAt(): number {
    return Math.max(-Infinity, ...this.#stepsBack.filter(({ ms }) => ms < -1_000).map(({ at }) => at));
  }

  get #stepsBack(): readonly Disturbance[] {
    return this.disturbances.filter(({ type, ms }) => type === 'step' && ms < 0);
  }

  /** Number of running timers that are not the simulation's. */
  get foreignTimers(): number {
    return this.#timers.actions.length - this.#own.size;
  }

  /** When the next action is due. */
  get nextAt(): number | undefined {
    return this.#timers.actions[0]?.delay;
  }

  /** Sets the wall clock forward or back. */
  set(ms: number): void {
    this.disturbances.push({ type: 'step', ms, at: this.awake });
    this.#shift += ms;
  }

  /**
   * Stops the process, as SIGSTOP and a closed laptop do. When it continues, all timers that were due fire, in their order; then it reads the
   * answers that arrived meanwhile.
   *
   * @returns how many timers of the collector fire late
   */
  freeze(ms: number): number {
    this.disturbances.push({ type: 'freeze', ms, at: this.awake });
    this.#frozenMs += ms;
    const end = (this.#timers.frame += ms);
    const late = this.#timers.actions.filter(({ delay }) => delay < end);
    for (const action of late) if (this.#own.has(action)) action.delay = end;
    this.#timers.actions.sort((a, b) => a.delay - b.delay);
    return late.filter((action) => !this.#own.has(action)).length;
  }

  /** A timer of the simulation's own. */
  later(delayMs: number, work: () => void): Subscription {
    const timer = this.#timers.schedule(() => {
      this.#own.delete(timer);
      work();
    }, delayMs);
    this.#own.add(timer);
    timer.add(() => {
      this.#own.delete(timer);
    });
    return timer;
  }

  /** Runs the next action; returns its exception. */
  step(): unknown {
    const action = this.#timers.actions.shift();
    if (action === undefined) return undefined;
    this.#timers.frame = Math.max(this.now, action.delay);
    this.actionStartedAt = this.now;
    return action.execute(action.state, action.delay) as unknown;
  }
}
