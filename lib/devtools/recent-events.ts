import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { sizeOf, toJson } from '../internal/json-value.js';
import type { Delivery } from '../lane/delivery.js';
import { cut, messageOf } from './cut.js';
import type { DevtoolsEvent, DevtoolsFate } from './protocol.js';

/** Maximum length of a payload in a snapshot, in characters. */
const MAX_PAYLOAD = 4_000;

/** Larger payloads are not converted to text. The unit is one entry or 64 characters; the limit is about 500 kB. */
const MAX_SIZE = 8_000;

/** Maximum number of snapshots that keep an event whose outcome isn't known yet. */
const AWAITED = 8;

interface Entry {
  readonly event: AnalyticsEvent;
  fates: Record<string, DevtoolsFate>;
  /** The event's text, created when it is first shown. */
  text: Pick<DevtoolsEvent, 'payload' | 'isCut' | 'redacted'> | undefined;
  /** Number of snapshots that contained the event before its outcome was known; `AWAITED` once one contained the outcome. */
  shown: number;
}

/**
 * The latest accepted events, with their outcome at each sink.
 *
 * If more events arrive between two snapshots than fit into one, some of them are left out: events of earlier snapshots whose outcome isn't known yet
 * stay for `AWAITED` snapshots. Otherwise no event would be listed until its delivery.
 *
 * Adding an event only writes to a ring buffer. Events of a snapshot are converted to text, each once.
 */
export class RecentEvents {
  readonly #capacity: number;
  /** The latest events since the last snapshot. */
  readonly #ring: Entry[] = [];
  /** The events of the last snapshot, newest first. */
  #listed: readonly Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  /** Outcomes at sinks that settled a batch synchronously, before the batch was observed. */
  readonly #early = new Map<string, Entry['fates']>();
  /** Sequence number of the last batch that was observed. */
  #sequence = 0;
  /** Events since the last snapshot. */
  #count = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(event: AnalyticsEvent): void {
    if (this.#byId.get(event.id)?.event === event) return;
    const index = this.#count % this.#capacity;
    const previous = this.#ring[index];
    if (previous !== undefined) this.#forget(previous);
    const entry: Entry = { event, fates: this.#early.get(event.id) ?? {}, text: undefined, shown: 0 };
    this.#ring[index] = entry;
    this.#byId.set(event.id, entry);
    this.#count += 1;
  }

  /** Records that these sinks receive the batch. A synchronous sink may have settled it already. */
  batched({ events, sequence }: EventBatch, sinks: readonly string[]): void {
    // The event that fills a batch is emitted on `batches$` before late subscribers of `events$` get it.
    const newest = events.at(-1);
    if (newest !== undefined) this.add(newest);
    this.#early.clear();
    this.#sequence = sequence;
    const pending = Object.fromEntries(sinks.map((sink) => [sink, PENDING]));
    for (const { id } of events) {
      const entry = this.#byId.get(id);
      if (entry !== undefined) entry.fates = { ...pending, ...entry.fates };
    }
  }

  settled(delivery: Delivery): void {
    const { sink, batch, status } = delivery;
    const fate: DevtoolsFate =
      status === 'delivered'
        ? { status }
        : { status, why: status === 'failed' ? cut(`${delivery.error.kind}: ${delivery.error.message}`) : delivery.reason };
    for (const { id } of batch.events) {
      const entry = this.#byId.get(id);
      if (entry !== undefined) entry.fates = { ...entry.fates, [sink]: fate };
      else if (batch.sequence > this.#sequence) this.#early.set(id, { ...this.#early.get(id), [sink]: fate });
    }
  }

  /** The events of the next snapshot, newest first. */
  latest(): readonly DevtoolsEvent[] {
    const capacity = this.#capacity;
    const fresh = this.#takeFresh();
    const leastFresh = Math.min(fresh.length, Math.ceil(capacity / AWAITED));
    const awaited = new Set(this.#listed.filter(({ shown }) => shown < AWAITED).slice(0, capacity - leastFresh));
    const added = fresh.slice(0, capacity - awaited.size);
    const others = this.#listed.filter((entry) => !awaited.has(entry));
    const gone = new Set(others.slice(capacity - awaited.size - added.length));
    for (const entry of [...fresh.slice(added.length), ...gone]) this.#forget(entry);
    this.#listed = [...added, ...this.#listed.filter((entry) => !gone.has(entry))];
    return this.#listed.map(shownOf);
  }

  /** Removes and returns the latest events since the last snapshot, newest first. */
  #takeFresh(): readonly Entry[] {
    const { length } = this.#ring;
    const fresh = Array.from({ length }, (_, back) => this.#ring[(this.#count - 1 - back) % this.#capacity]);
    this.#ring.length = 0;
    this.#count = 0;
    return fresh.filter((entry) => entry !== undefined);
  }

  #forget(entry: Entry): void {
    // Ids that callers set may occur twice.
    if (this.#byId.get(entry.event.id) === entry) this.#byId.delete(entry.event.id);
  }
}

const PENDING: DevtoolsFate = { status: 'pending' };

function shownOf(entry: Entry): DevtoolsEvent {
  const { id, type, category, priority, timestamp, weight } = entry.event;
  const statuses = Object.values(entry.fates).map(({ status }) => status);
  entry.shown = statuses.length > 0 && !statuses.includes('pending') ? AWAITED : entry.shown + 1;
  entry.text ??= textOf(entry.event);
  return { id: cut(id), type: cut(type), category: cut(category), priority, timestamp, weight, ...entry.text, fates: entry.fates };
}

function textOf({ data, metadata }: AnalyticsEvent): Exclude<Entry['text'], undefined> {
  const value = { data, metadata };
  try {
    if (sizeOf(value) > MAX_SIZE) return { payload: 'too large to be shown', isCut: true, redacted: {} };
    const json = toJson(value);
    const redacted: Record<string, number> = {};
    for (const [, name = ''] of json.matchAll(MARK)) redacted[name] = (redacted[name] ?? 0) + 1;
    return { payload: json.slice(0, MAX_PAYLOAD), isCut: json.length > MAX_PAYLOAD, redacted };
  } catch (error) {
    return { payload: `unreadable: ${messageOf(error)}`, isCut: true, redacted: {} };
  }
}

const MARK = /\[redacted:([\w-]+)\]/g;
