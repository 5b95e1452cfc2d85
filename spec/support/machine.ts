import { Subscription, type SchedulerLike } from 'rxjs';

/** A manual clock and its timers. `suspend` lets time pass in which no timer fires. */
export class Machine implements SchedulerLike {
  time = 1_000_000;
  #timers: { at: number; work: () => void; order: number }[] = [];
  #order = 0;
  now(): number {
    return this.time;
  }
  schedule(work: (this: never, state?: never) => void, delay = 0, state?: unknown): Subscription {
    const timer = { at: this.time + delay, work: () => (work as (s: unknown) => void).call(undefined, state), order: this.#order++ };
    this.#timers.push(timer);
    return new Subscription(() => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    });
  }
  get timers(): number {
    return this.#timers.length;
  }
  run(ms: number): void {
    const until = this.time + ms;
    let guard = 0;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > until) break;
      if ((guard += 1) > 100_000) throw new Error('Time stands still');
      this.#timers = this.#timers.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.work();
    }
    this.time = Math.max(this.time, until);
  }
  /** The machine sleeps; timers fire late. */
  suspend(ms: number): void {
    this.time += ms;
  }
}
