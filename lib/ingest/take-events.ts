import { isLeft, left, mapLeft, type Either } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import type { EventCollector } from '../collector/event-collector.js';
import { decode, type DecodeError } from '../codecs/decode.js';
import type { DecodeFault } from '../codecs/decode-faults.js';
import { epochMs } from '../event/epoch-ms.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { CollectOutcome, CollectorStats } from '../ledger/ledger.js';
import type { BodyItem } from './body-item.js';
import { serverTime, type ClientClock } from './client-clock.js';
import { excessOf } from './event-limits.js';
import { flatCopy } from '../internal/flat-copy.js';
import { tryGet } from '../internal/try-get.js';
import type { IngestLimits } from './ingest-limits.js';
import type { IngestReport } from './ingest-report.js';
import { InvalidEvents } from './invalid-events.js';
import type { SeenIds } from './seen-ids.js';

export interface Taking<E extends AnalyticsEvent> {
  readonly collector: Pick<EventCollector<E>, 'collect' | 'stats'>;
  readonly codec: t.Decoder<unknown, EventInput<E>>;
  readonly limits: IngestLimits;
  readonly clock: ClientClock;
  /** `undefined` disables deduplication. */
  readonly seen: SeenIds | undefined;
}

export interface Taken {
  readonly report: IngestReport;
  /** Why collecting stopped before the last event. */
  readonly obstacle?: 'busy' | 'closed';
}

/**
 * Passes a body's events to the collector, in order and synchronously, so that bodies don't compete for the capacity of a lane.
 *
 * Stops at the first event that the collector has no capacity for or is closed to: later events would overtake it.
 */
export function takeEvents<E extends AnalyticsEvent>(
  items: readonly BodyItem[],
  { collector, codec, limits, clock, seen }: Taking<E>,
): Taken {
  const counts = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, duplicates: 0 };
  const invalid = new InvalidEvents();
  let refusals = refusalsOf(collector.stats());

  for (const [index, item] of items.entries()) {
    const decoded = checked(item, codec, limits, !invalid.isFull);
    if (isLeft(decoded)) {
      invalid.add(index, decoded.left);
      continue;
    }
    const event: Loose = decoded.right;
    const key = item.key ?? event.id;
    if (key !== undefined && seen?.has(key) === true) {
      counts.duplicates += 1;
      continue;
    }
    const input = inputOf(event, item, clock, seen);
    const outcome: CollectOutcome = collector.collect(input as EventInput<E>);
    if (outcome === 'closed') return { report: { ...counts, ...invalid.report(), retryFrom: index }, obstacle: 'closed' };
    if (outcome === 'dropped') {
      const before = refusals;
      refusals = refusalsOf(collector.stats());
      if (refusals > before) return { report: { ...counts, ...invalid.report(), retryFrom: index }, obstacle: 'busy' };
    }
    if (outcome === 'invalid') {
      invalid.add(index, [{ path: '', expected: "event that passes the collector's validation", got: 'another' }]);
      continue;
    }
    counts[outcome] += 1;
    if (key !== undefined) seen?.add(key);
    if (item.key !== undefined && event.id !== undefined) seen?.add(markOf(event.id));
  }
  return { report: { ...counts, ...invalid.report() } };
}

/** A codec may leave the time as a `Date` or string. */
type Loose = Omit<EventInput, 'timestamp'> & { readonly timestamp?: unknown };

function checked<E extends AnalyticsEvent>(
  { value, faults }: BodyItem,
  codec: t.Decoder<unknown, EventInput<E>>,
  limits: IngestLimits,
  isDescribed: boolean,
): Either<readonly DecodeFault[], EventInput<E>> {
  if (faults !== undefined) return left(faults);
  const excess = excessOf(value, limits);
  if (excess !== undefined) return left([excess]);
  // Describing an invalid event takes 30 times as long as finding that it is invalid.
  if (!isDescribed) return tryGet(() => mapLeft(() => [])(codec.decode(value))) ?? left([]);
  return mapLeft((error: DecodeError) => error.faults)(decode(codec, value));
}

/** The event for the collector, with its time by the server's clock. Its strings are copies that don't keep the body in memory. */
function inputOf(event: Loose, { key, uniqueId, sentAt, value }: BodyItem, clock: ClientClock, seen: SeenIds | undefined): EventInput {
  const { id, type, sessionId, metadata } = event;
  const timestamp = epochMs(event.timestamp);
  const time = timestamp === undefined ? undefined : serverTime(timestamp, sentAtOf(value) ?? sentAt, clock);
  const isTaken = key !== undefined && id !== undefined && [id, markOf(id)].some((each) => seen?.has(each));
  return {
    ...event,
    id: flat(isTaken ? uniqueId : id),
    type: flatCopy(type),
    timestamp: time,
    sessionId: flat(sessionId),
    metadata: time === timestamp ? metadata : { ...metadata, originalTimestamp: timestamp },
  };
}

/** Remembered in addition to the key of an event that has one, so that no two such events get the same id. */
const markOf = (id: string): string => JSON.stringify([id]);

const flat = (text: string | undefined): string | undefined => (text === undefined ? undefined : flatCopy(text));

const sentAtOf = (value: unknown): unknown => (value as { readonly sentAt?: unknown }).sentAt;

/** The number of events refused for lack of capacity, which may be available later. */
const refusalsOf = ({ dropped }: CollectorStats): number => dropped.backpressure + dropped.no_sink;
