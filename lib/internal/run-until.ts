import type { VirtualTimeScheduler } from 'rxjs';

/** Lets virtual time pass up to an instant, and everything happen that falls before it, or on it. */
export function runUntil(scheduler: VirtualTimeScheduler, instant: number): void {
  const { maxFrames } = scheduler;
  scheduler.maxFrames = instant;
  try {
    scheduler.flush();
  } finally {
    scheduler.maxFrames = maxFrames;
  }
  scheduler.frame = Math.max(scheduler.frame, instant);
}
