import type { EventSink, LanePatch, OverflowPolicy } from 'rx-event-collector';
import { fileSpool, ndjsonFileSink, sqliteSink, type EventStore } from 'rx-event-collector/node';

export interface Destination {
  readonly sink: EventSink;
  readonly lane: LanePatch;
}

/** The sink that faults are meant for, unless another is named. */
export const UPSTREAM = 'upstream';

/** The destinations: `remotes` are the sinks of `--to`, `spool` is the folder of `--spool`. */
export function destinations(
  out: string,
  store: EventStore | undefined,
  overflow: OverflowPolicy,
  { remotes, spool }: { readonly remotes: readonly EventSink[]; readonly spool: string | undefined },
): readonly Destination[] {
  const durable: LanePatch = spool === undefined ? {} : { spool: fileSpool({ dir: spool }) };
  return [
    { sink: ndjsonFileSink({ path: out }), lane: { ...PATIENT, ...durable } },
    ...(store === undefined ? [] : [{ sink: sqliteSink(store), lane: { ...PATIENT, ...durable } }]),
    { sink: upstream, lane: { ...IMPATIENT, overflow, ...durable } },
    ...remotes.map((sink) => ({ sink, lane: { ...PATIENT, ...durable } })),
  ];
}

/** Nothing is dropped: the input waits while the disk or a destination can't keep up. */
const PATIENT: LanePatch = { overflow: 'block' };

/** Simulates a remote service: it accepts everything, keeps nothing, and can be made slow, failing or hanging. */
const upstream: EventSink = { name: UPSTREAM, process: () => undefined };

/** Short, so that a user sees a timeout, a retry and the breaker soon. */
const IMPATIENT: LanePatch = {
  timeoutMs: 3_000,
  retry: { baseDelayMs: 200, maxDelayMs: 2_000, maxElapsedMs: 60_000 },
  breaker: { failures: 3, openMs: 3_000 },
};
