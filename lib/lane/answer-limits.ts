import { Subscription, type SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';

/** How long a store may take to answer. */
const ANSWER_MS = 30_000;

/**
 * Limits of the answers of one store.
 *
 * Each limit waits twice for half of the time: after the machine or process was stopped, when every timer is late, an answer has one half to be read.
 */
export class AnswerLimits {
  readonly #scheduler: SchedulerLike;
  readonly #running = new Subscription();

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Calls back with an error after 30 s, unless it is unsubscribed before. */
  start(task: string, onLate: (error: SinkError) => void): Subscription {
    const limit = new Subscription();
    this.#running.add(limit);
    const end = (): void => {
      limit.unsubscribe();
      onLate(new SinkError('timeout', `The store did not ${task} within ${String(ANSWER_MS)} ms`, { code: 'SPOOL_TIMEOUT' }));
    };
    const halfMs = ANSWER_MS / 2;
    limit.add(
      this.#scheduler.schedule(() => {
        limit.add(this.#scheduler.schedule(end, halfMs));
      }, halfMs),
    );
    return limit;
  }

  /** Ends all limits, also those that start later. */
  stop(): void {
    this.#running.unsubscribe();
  }
}
