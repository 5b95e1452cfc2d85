import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/**
 * RxJS's `asyncScheduler`, whose timers never keep a Node process alive. The default wherever the library takes a `scheduler`.
 *
 * It wraps rather than extends, so that `TestScheduler.run` still virtualises clock and timers; elsewhere than in Node a handle has no
 * `unref`, and this is `asyncScheduler`. Only one-shot work is scheduled on it: an action that re-schedules itself gets a new handle.
 */
export const backgroundScheduler: SchedulerLike = {
  now: () => asyncScheduler.now(),
  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    const action = asyncScheduler.schedule(work, delay, state);
    (action as { id?: { unref?: () => void } }).id?.unref?.();
    return action;
  },
};
