import type { EventSink, LanePatch, OverflowPolicy } from 'rx-event-collector';
import { ndjsonFileSink, sqliteSink, type EventStore } from 'rx-event-collector/node';

export interface Destination {
  readonly sink: EventSink;
  readonly lane: LanePatch;
}

/** The sink that faults are meant for, unless another is named. */
export const UPSTREAM = 'upstream';

/** Where the events go. A further destination is a further line here. */
export function destinations(out: string, store: EventStore | undefined, overflow: OverflowPolicy): readonly Destination[] {
  return [
    { sink: ndjsonFileSink({ path: out }), lane: PATIENT },
    ...(store === undefined ? [] : [{ sink: sqliteSink(store), lane: PATIENT }]),
    { sink: upstream, lane: { ...IMPATIENT, overflow } },
  ];
}

/** Nothing is dropped: the input waits while the disk can't keep up. */
const PATIENT: LanePatch = { overflow: 'block' };

/** Stands for a service elsewhere, takes everything and keeps nothing: it is there to be made slow, failing or hanging. */
const upstream: EventSink = { name: UPSTREAM, process: () => undefined };

/** Whoever watches need not wait long for a timeout, a retry, or the breaker. */
const IMPATIENT: LanePatch = {
  timeoutMs: 3_000,
  retry: { baseDelayMs: 200, maxDelayMs: 2_000, maxElapsedMs: 60_000 },
  breaker: { failures: 3, openMs: 3_000 },
};
