import { filter, firstValueFrom, interval, timeout } from 'rxjs';
import { createBatch } from '../event/batch-of.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { eventsJson } from '../event/event-json.js';
import { newId } from '../event/new-id.js';
import type { LaneSpool, LaneStore } from '../lane/lane-spool.js';
import { show } from './show.js';

export interface StoreLifeOptions {
  readonly event: AnalyticsEvent;
  readonly timeoutMs: number;
}

/** One run of a program that uses a store like the lane of a sink does: from `recover` to `close` or to a crash. */
export class StoreLife {
  /** The errors that the store has reported. */
  readonly errors: unknown[] = [];
  readonly #options: StoreLifeOptions;
  readonly #spool: LaneSpool<AnalyticsEvent>;
  #recovered: readonly EventBatch[] | undefined;

  constructor(store: LaneStore, sink: string, options: StoreLifeOptions) {
    this.#options = options;
    this.#spool = store.open<AnalyticsEvent>(sink, (error) => this.errors.push(error));
    this.#spool.recover((batches) => {
      this.#recovered = batches;
    });
  }

  /** The batches of earlier runs. */
  async recovered(): Promise<readonly EventBatch[]> {
    await this.#until('open the store', () => this.#recovered !== undefined);
    return this.#recovered ?? [];
  }

  /** A batch with new ids. */
  batch(texts: readonly string[]): EventBatch {
    const { event } = this.#options;
    return createBatch(
      texts.map((text) => ({ ...event, id: newId(), data: { text } })),
      1,
    );
  }

  /** Adds a batch, without waiting for the store. */
  add(...texts: readonly string[]): EventBatch {
    const batch = this.batch(texts);
    this.put(batch);
    return batch;
  }

  put(batch: EventBatch): void {
    this.#spool.put(batch);
  }

  replace(batch: EventBatch, parts: readonly EventBatch[] = []): void {
    this.#spool.replace(batch, parts);
  }

  has(batch: EventBatch): boolean {
    return batch.events.every((event) => this.#spool.isSafe(batch, event));
  }

  /** Reads a batch again; `undefined` if the store can't. */
  async read(batch: EventBatch): Promise<EventBatch | undefined> {
    if (!this.#spool.canRead(batch)) return undefined;
    let events: readonly AnalyticsEvent[] | undefined;
    const onRead = (read: readonly AnalyticsEvent[]): void => {
      events = read;
    };
    this.#spool.read(batch, onRead, () => {
      onRead([]);
    });
    await this.#until('read a batch', () => events !== undefined);
    return { ...batch, events: events ?? [] };
  }

  async stored(...batches: readonly EventBatch[]): Promise<void> {
    await this.#until(`store ${String(batches.length)} batches`, () => batches.every((batch) => this.has(batch)));
  }

  async reported(): Promise<void> {
    await this.#until('report an error', () => this.errors.length > 0);
  }

  async close(): Promise<void> {
    let isClosed = false;
    this.#spool.close(() => {
      isClosed = true;
    });
    await this.#until('close', () => isClosed);
  }

  async #until(task: string, isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    const { timeoutMs } = this.#options;
    try {
      await firstValueFrom(interval(1).pipe(filter(isSo), timeout({ first: timeoutMs })));
    } catch {
      const errors = this.errors.length > 0 ? `; it reported ${show(this.errors)}` : '';
      throw new Error(`Expected the store to ${task} within ${String(timeoutMs)} ms${errors}`);
    }
  }
}

/** The texts of a list of batches, for comparison and messages. */
export const textsOf = (batches: readonly EventBatch[]): unknown[][] =>
  batches.map(({ events }) => events.map(({ data }) => (data as { readonly text: unknown }).text));

/** The form of a batch that stores return. */
export const formOf = ({ events, ...envelope }: EventBatch): unknown => ({ ...envelope, events: eventsJson(events) });
