import { categoryOf } from '../../../lib/event/categories.js';
import type { AnalyticsEvent, EventCategory, EventInput, EventPriority } from '../../../lib/event/event.js';
import type { CollectOutcome } from '../../../lib/ledger/ledger.js';
import type { Moment, World } from './world.js';

/** The action of the user's callbacks for an event. */
export type Fate =
  'plain' | 'invalid' | 'enricher_null' | 'enricher_throw' | 'sampler_throw' | 'redactor_throw' | 'stage_filter' | 'stage_throw';

/** The outcome of an event that one sink's lane reported. */
export interface Ends {
  readonly delivered: Moment[];
  readonly failed: Moment[];
  readonly dropped: Moment[];
  /** When it was redelivered. */
  readonly redelivered: Moment[];
  /** How often the sink itself has stored it. */
  acknowledged: number;
}

/** The history of one event as seen from outside. The simulation keeps it, without the library. */
export interface EventRecord {
  readonly id: string;
  readonly number: number;
  readonly fate: Fate;
  readonly type: string;
  readonly category: EventCategory;
  readonly priority: EventPriority;
  readonly calledAt: Moment;
  /** The result of `collect`, and its time. */
  outcome: CollectOutcome | undefined;
  answeredAt: Moment | undefined;
  /** Collected by `collectAsync`, whose result is known only at the end. */
  isAsync: boolean;
  /** Collected by `collectBatch`, which doesn't report single results. */
  isInBatch: boolean;
  /** First seen after admission: by a subscriber, in a batch, or at a sink. */
  seenAt: Moment | undefined;
  published: number;
  batchedAt: Moment | undefined;
  batched: number;
  /** Sequence number of its batch. */
  sequence: number | undefined;
  readonly ends: Map<string, Ends>;
}

const TYPES = {
  feature_used: 10,
  something_else: 3,
  error_occurred: 3,
  auth_attempted: 1,
  cache_hit: 2,
  plugin_loaded: 1,
};
const PRIORITIES = { low: 3, normal: 8, high: 3, critical: 1 };

/** Every event that was ever offered. */
export class EventRecords {
  readonly #world: World;
  readonly #fates: Readonly<Partial<Record<Fate, number>>>;
  readonly #byId = new Map<string, EventRecord>();
  #last = 0;

  constructor(world: World, fates: Readonly<Partial<Record<Fate, number>>>) {
    this.#world = world;
    this.#fates = fates;
  }

  [Symbol.iterator](): Iterator<EventRecord> {
    return this.#byId.values();
  }

  get(id: string): EventRecord | undefined {
    return this.#byId.get(id);
  }

  /** A new event, about to be offered. */
  next(): { readonly input: EventInput; readonly record: EventRecord } {
    const { dice } = this.#world;
    const fate = dice.weighted<Fate>(this.#fates);
    const type = dice.weighted(TYPES);
    const priority = dice.weighted(PRIORITIES);
    const record = this.#add(type, priority, fate);
    const data = { fate, padding: 'x'.repeat(dice.chance(0.1) ? dice.int(0, 300) : 0) };
    return { input: { id: record.id, type, priority, data }, record };
  }

  /** A copy of an event that a stage emits. */
  double(event: AnalyticsEvent): AnalyticsEvent {
    const record = this.#add(event.type, event.priority, 'plain', this.#byId.get(event.id)?.calledAt);
    record.outcome = 'accepted';
    return { ...event, id: record.id };
  }

  /** Records an event that was seen after admission. */
  see(event: AnalyticsEvent): EventRecord | undefined {
    const record = this.#byId.get(event.id);
    if (record === undefined) this.#world.fail(`${event.id} was emitted, but never offered`);
    else record.seenAt ??= this.#world.moment();
    return record;
  }

  ends(record: EventRecord, sink: string): Ends {
    let ends = record.ends.get(sink);
    if (ends === undefined) record.ends.set(sink, (ends = { delivered: [], failed: [], dropped: [], redelivered: [], acknowledged: 0 }));
    return ends;
  }

  #add(type: string, priority: EventPriority, fate: Fate, calledAt = this.#world.moment()): EventRecord {
    this.#last += 1;
    const record: EventRecord = {
      id: `e${String(this.#last)}`,
      number: this.#last,
      fate,
      type,
      category: categoryOf(type),
      priority,
      calledAt,
      outcome: undefined,
      answeredAt: undefined,
      isAsync: false,
      isInBatch: false,
      seenAt: undefined,
      published: 0,
      batchedAt: undefined,
      batched: 0,
      sequence: undefined,
      ends: new Map(),
    };
    this.#byId.set(record.id, record);
    return record;
  }
}
