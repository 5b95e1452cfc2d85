import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { sizeOf, toJson } from '../internal/json-value.js';
import type { Delivery } from '../lane/delivery.js';
import { cut, messageOf } from './cut.js';
import type { DevtoolsEvent, DevtoolsFate } from './protocol.js';

/** Longest payload that a snapshot contains, in characters. */
const MAX_PAYLOAD = 4_000;

/** Larger payloads are not turned into text: entries, or 64 characters of text, some 500 kB. */
const MAX_SIZE = 8_000;

/** Snapshots that wait for the outcome of an event, at most. */
const AWAITED = 8;

interface Entry {
  readonly event: AnalyticsEvent;
  fates: Record<string, DevtoolsFate>;
  /** Its text, made when it is first shown. */
  text: Pick<DevtoolsEvent, 'payload' | 'isCut' | 'redacted'> | undefined;
  /** Number of snapshots that had it before its outcome; `AWAITED` once one had its outcome. */
  shown: number;
}

/**
 * The last accepted events, with their fate at each sink.
 *
 * When more arrive between two snapshots than one contains, some of the new ones are left out: those of earlier snapshots whose outcome isn't
 * known yet stay for `AWAITED` snapshots. Otherwise no event would be listed long enough to be seen delivered.
 *
 * Adding one costs a slot in a ring; only the events of a snapshot are turned into text, each once.
 */
export class RecentEvents {
  readonly #capacity: number;
  /** The latest events since the last snapshot. */
  readonly #ring: Entry[] = [];
  /** Those of the last snapshot, the newest first. */
  #listed: readonly Entry[] = [];
  readonly #byId = new Map<string, Entry>();
  /** Fates at sinks that settled a batch at once, before it was observed. */
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

  /** The events were cut into a batch, which these sinks receive. A sink that answers at once may have settled them already. */
  batched({ events, sequence }: EventBatch, sinks: readonly string[]): void {
    // The event that fills a batch is batched before late subscribers of `events$` see it.
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

  /** Those of a snapshot, the newest first. */
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

  /** The latest events since the last snapshot, the newest first. */
  #takeFresh(): readonly Entry[] {
    const { length } = this.#ring;
    const fresh = Array.from({ length }, (_, back) => this.#ring[(this.#count - 1 - back) % this.#capacity]);
    this.#ring.length = 0;
    this.#count = 0;
    return fresh.filter((entry) => entry !== undefined);
  }

  #forget(entry: Entry): void {
    // A caller's own id may occur twice.
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
