import { bufferTime, EMPTY, filter, from, lastValueFrom, map, mergeMap, Subject } from 'rxjs';
import { v7 } from 'uuid';
import { BATCH } from '../workload.mjs';

/** The obvious first version with RxJS. `mergeMap` has no bound: every waiting batch is in flight. */
export function obviousComposition(destination) {
  const events = new Subject();
  const sessionId = v7();
  const metadata = { os: 'linux', arch: 'x64', locale: 'en-US', timezoneOffset: 0 };
  const done = lastValueFrom(
    events.pipe(
      map((event) => ({
        ...event,
        id: v7(),
        timestamp: Date.now(),
        category: 'usage',
        priority: 'normal',
        sessionId,
        metadata,
        weight: 1,
      })),
      bufferTime(30_000, null, BATCH),
      filter((batch) => batch.length > 0),
      mergeMap((batch) => {
        const answer = destination(batch.length, batch);
        return answer === undefined ? EMPTY : from(answer);
      }),
    ),
    { defaultValue: undefined },
  );
  return {
    collect(input) {
      events.next(input);
    },
    async close() {
      events.complete();
      await done;
    },
  };
}
