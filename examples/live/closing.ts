import { firstValueFrom, from, map, merge, type Observable } from 'rxjs';
import type { EventCollector } from 'rx-event-collector';

/** How long the sinks have to flush and close once it is clear that one of them will not get through. */
const FAREWELL_MS = 1_000;

/** Ends a collector once all is settled; when `graceMs` are over or `hurry$` emits, without what is pending then. */
export async function closeCollector(collector: EventCollector, graceMs: number, hurry$: Observable<unknown>): Promise<void> {
  const settled$ = from(collector.flush({ timeoutMs: graceMs })).pipe(map(({ timedOut }) => !timedOut));
  const isSettled = await firstValueFrom(merge(settled$, hurry$.pipe(map(() => false))));
  await collector.shutdown({ timeoutMs: isSettled ? graceMs : FAREWELL_MS });
}
