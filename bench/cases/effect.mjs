import { Effect, Queue, Stream } from 'effect';
import { BATCH } from '../workload.mjs';
import { recorder } from './loop.mjs';

/**
 * `effect`: a dropping queue, and a stream that is grouped by size and time. The events themselves are the loop's, as this is plumbing.
 * `offerUnsafe` is its cheapest way in, and says at the call when there is no room.
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
    accounts: () => ({ sampledOut: 0, dropped: refused, told: refused }),
    async close() {
      Queue.endUnsafe(queue);
      await done;
    },
  };
}
