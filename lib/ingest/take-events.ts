import { isLeft } from 'fp-ts/lib/Either.js';
import type * as t from 'io-ts';
import type { EventCollector } from '../collector/event-collector.js';
import { decode } from '../codecs/decode.js';
import type { DecodeFault } from '../codecs/decode-faults.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { CollectOutcome, CollectorStats } from '../ledger/ledger.js';
import type { BodyItem } from './body-item.js';
import { excessOf } from './event-limits.js';
import type { IngestLimits } from './ingest-limits.js';
import type { IngestReport, InvalidEvent } from './ingest-report.js';
import type { SeenIds } from './seen-ids.js';

export interface Taking<E extends AnalyticsEvent> {
  readonly collector: Pick<EventCollector<E>, 'collect' | 'stats'>;
  readonly codec: t.Decoder<unknown, EventInput<E>>;
  readonly limits: IngestLimits;
  /** `undefined`: nothing is remembered. */
  readonly seen: SeenIds | undefined;
}

/** What was taken, and why it stopped, if it did. */
export interface Taken {
  readonly report: IngestReport;
  readonly obstacle?: 'busy' | 'closed';
}

const MAX_FAULTS = 5;
const MAX_EXPLAINED = 100;

/**
 * Hands a body's events to the collector, in order and in one go, so that a body never competes with another one for the room in a lane.
 *
 * It stops at the first that the collector has no room for, or is closed to: what comes after it would overtake it.
 */
export function takeEvents<E extends AnalyticsEvent>(items: readonly BodyItem[], { collector, codec, limits, seen }: Taking<E>): Taken {
  const counts = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, duplicates: 0 };
  const invalid: InvalidEvent[] = [];
  const reject = (index: number, faults: readonly DecodeFault[]): void => {
    invalid.push({ index, faults: invalid.length < MAX_EXPLAINED ? faults.slice(0, MAX_FAULTS) : [] });
  };
  let refusals = refusalsOf(collector.stats());

  for (const [index, { value, key, faults }] of items.entries()) {
    if (faults !== undefined) {
      reject(index, faults);
      continue;
    }
    const excess = excessOf(value, limits);
    if (excess !== undefined) {
      reject(index, [excess]);
      continue;
    }
    const decoded = decode(codec, value);
    if (isLeft(decoded)) {
      reject(index, decoded.left.faults);
      continue;
    }
    const event = decoded.right;
    const id = key ?? event.id;
    if (id !== undefined && seen?.has(id) === true) {
      counts.duplicates += 1;
      continue;
    }
    const outcome: CollectOutcome = collector.collect(event);
    if (outcome === 'closed') return { report: { ...counts, invalid, retryFrom: index }, obstacle: 'closed' };
    if (outcome === 'dropped') {
      const before = refusals;
      refusals = refusalsOf(collector.stats());
      if (refusals > before) return { report: { ...counts, invalid, retryFrom: index }, obstacle: 'busy' };
    }
    if (outcome === 'invalid') {
      reject(index, [{ path: '', expected: "event that passes the collector's validation", got: 'another' }]);
      continue;
    }
    counts[outcome] += 1;
    if (id !== undefined) seen?.add(id);
  }
  return { report: { ...counts, invalid } };
}

/** What the collector had no room for: it may have some later. */
const refusalsOf = ({ dropped }: CollectorStats): number => dropped.backpressure + dropped.no_sink;
