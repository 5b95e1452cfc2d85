import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * RxJS's `asyncScheduler`, but its timers never keep a Node process alive. The default of every `scheduler` option.
 *
 * It delegates to `asyncScheduler`, so that `TestScheduler.run` still virtualises clock and timers. Outside Node, timers have no `unref`, and it
 * behaves like `asyncScheduler`. Schedule only one-shot work on it: an action that reschedules itself gets a new timer, which keeps the process
 * alive.
 */
export const backgroundScheduler: SchedulerLike = {
  now: () => asyncScheduler.now(),
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    const action = asyncScheduler.schedule(work, delay, state);
    (action as { id?: { unref?: () => void } }).id?.unref?.();
    return action;
  },
};
