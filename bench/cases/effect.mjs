import { Effect, Queue, Stream } from 'effect';
import { BATCH } from '../workload.mjs';
import { recorder } from './loop.mjs';

/**
 * `effect`: a dropping queue, and a stream grouped by size and time. It only moves events, so they are made by the loop. `offerUnsafe` is
 * its cheapest way to offer one, and returns whether the queue had capacity.
 */
export async function effect(destination, { room = 10_000 } = {}) {
  const record = recorder();
  const queue = await Effect.runPromise(Queue.dropping(room));
  const done = Effect.runPromise(
    Stream.fromQueue(queue).pipe(
      Stream.groupedWithin(BATCH, '30 seconds'),
      Stream.runForEach((batch) =>
        Effect.suspend(() => {
          const answer = destination(batch.length, batch);
          return answer === undefined ? Effect.void : Effect.promise(() => answer);
        }),
      ),
    ),
  );
  let refused = 0;
  return {
    collect(input) {
      if (!Queue.offerUnsafe(queue, record(input))) refused += 1;
    },
    losses: () => ({ sampledOut: 0, dropped: refused, reported: refused }),
    async close() {
      Queue.endUnsafe(queue);
      await done;
    },
  };
}
