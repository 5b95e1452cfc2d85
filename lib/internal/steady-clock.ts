/**
 * Milliseconds on a clock that never goes back.
 *
 * @param atLeast the time of a timer that has fired: the clock is not behind it
 */
export type Elapsed = (atLeast?: number) => number;

/**
 * Creates a clock that never goes back from one that may. All durations are measured with it, never with the wall clock.
 *
 * After a small step back, as between processes that share a queue, it stops until the source has caught up: that interval would otherwise be counted
 * twice. After a larger step, the source was set back: the clock continues from its last value. Fired timers show how much time has passed since.
 */
export function steadyClock(now: () => number): Elapsed {
  let shift = 0;
  let last = -Infinity;
  return (atLeast = -Infinity) => {
    if (atLeast > last) last = atLeast;
    const time = now() + shift;
    if (time > last) last = time;
    else if (last - time > MAX_JITTER_MS) shift += last - time;
    return last;
  };
}

const MAX_JITTER_MS = 1_000;
