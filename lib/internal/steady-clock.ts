/**
 * Milliseconds on a clock that never goes back.
 *
 * @param atLeast a timer that was set for this time has fired: the clock is not behind it
 */
export type Elapsed = (atLeast?: number) => number;

/**
 * A clock that never goes back, made of one that may. Every duration is measured by it, and none by the wall clock.
 *
 * It stands still through a small step back, as between processes that share a queue, and would otherwise credit the way forward twice. After a
 * larger one, somebody has set the clock: it continues from where it was. Timers tell how much time has passed since.
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
