/**
 * A clock that never goes back, made of one that may.
 *
 * It stands still through a small step back, as between processes that share a queue, and would otherwise credit the way forward twice.
 * A larger one means that somebody has set the clock: from there it goes on without waiting for the old time to come round again.
 */
export function steadyClock(now: () => number): () => number {
  let shift = 0;
  let last = -Infinity;
  return () => {
    const time = now() + shift;
    if (time > last) last = time;
    else if (last - time > MAX_JITTER_MS) shift += last - time;
    return last;
  };
}

const MAX_JITTER_MS = 1_000;
