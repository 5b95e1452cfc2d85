import { Subscription, VirtualTimeScheduler } from 'rxjs';

/** Virtual time, run action by action; it tells the simulation's own timers from those of the collector. */
export class Clock {
  readonly scheduler = new VirtualTimeScheduler();
  #own = 0;

  get now(): number {
    return this.scheduler.frame;
  }

  /** How many timers somebody other than the simulation has running. */
  get foreignTimers(): number {
    return this.scheduler.actions.length - this.#own;
  }

  /** When the next action is due. */
  get nextAt(): number | undefined {
    return this.scheduler.actions[0]?.delay;
  }

  /** A timer of the simulation's own. */
  later(delayMs: number, work: () => void): Subscription {
    this.#own += 1;
    const timer = new Subscription(() => {
      this.#own -= 1;
    });
    timer.add(
      this.scheduler.schedule(() => {
        timer.unsubscribe();
        work();
      }, delayMs),
    );
    return timer;
  }

  /** Runs the next action; gives what it threw. */
  step(): unknown {
    const action = this.scheduler.actions.shift();
    if (action === undefined) return undefined;
    this.scheduler.frame = action.delay;
    return action.execute(action.state, action.delay) as unknown;
  }
}
