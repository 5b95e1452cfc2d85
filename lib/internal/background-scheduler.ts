import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * RxJS's `asyncScheduler`, whose timers never keep a Node process alive. The default of every `scheduler` option.
 *
 * It wraps rather than extends, so that `TestScheduler.run` still virtualises clock and timers; outside Node, handles have no
 * `unref`, and it behaves as `asyncScheduler`. Schedule only one-shot work on it: an action that re-schedules itself has a new handle.
 */
export const backgroundScheduler: SchedulerLike = {
  now: () => asyncScheduler.now(),
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    const action = asyncScheduler.schedule(work, delay, state);
    (action as { id?: { unref?: () => void } }).id?.unref?.();
    return action;
  },
};
