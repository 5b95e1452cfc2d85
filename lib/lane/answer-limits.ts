import { Subscription, type SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';

/** Maximum time for an answer of a store, in milliseconds. */
const ANSWER_MS = 30_000;

/**
 * Time limits for the answers of one store.
 *
 * Each limit runs two timers of half the time, one after the other. After the machine or process was stopped, every timer is late; the second half
 * then leaves time to read an answer that has arrived.
 */
export class AnswerLimits {
  readonly #scheduler: SchedulerLike;
  readonly #running = new Subscription();

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Calls back with an error after 30 s, unless it is unsubscribed earlier. */
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

  /** Ends all limits, including those that start later. */
  stop(): void {
    this.#running.unsubscribe();
  }
}
