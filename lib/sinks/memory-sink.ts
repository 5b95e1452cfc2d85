import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { EventSink } from '../sink/sink.js';

/** Keeps every batch in memory: for tests, examples and debugging. It grows until `clear` is called. */
export class MemorySink<E = AnalyticsEvent> implements EventSink<E> {
  readonly name: string;
  #batches: EventBatch<E>[] = [];

  /** @param options its `name`, unique within a collector. @default 'memory' */
  constructor({ name = 'memory' }: { readonly name?: string } = {}) {
    this.name = name;
  }

  /** The batches received so far, oldest first. */
  getEvents(): EventBatch<E>[] {
    return [...this.#batches];
  }

  /** The events of all batches, in order. */
  get events(): E[] {
    return this.#batches.flatMap((batch) => batch.events);
  }

  clear(): void {
    this.#batches = [];
  }

  process(batch: EventBatch<E>): void {
    this.#batches.push(batch);
  }
}
