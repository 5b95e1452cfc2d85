import type { VirtualTimeScheduler } from 'rxjs';

/** Advances virtual time to an instant, and runs everything that is due until then. */
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
