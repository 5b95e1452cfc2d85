import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { aNonEmptyString } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventSink } from '../sink/sink.js';

export interface MemorySinkOptions {
  /** Unique within a collector. @default 'memory' */
  readonly name?: string | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<MemorySinkOptions>(() => ({ name: [aNonEmptyString, 'memory'] }));

/** Stores every batch in memory, for tests, examples and debugging. It grows until `clear` is called. */
export class MemorySink<E = AnalyticsEvent> implements EventSink<E> {
  readonly name: string;
  #batches: EventBatch<E>[] = [];

  /** @throws TypeError for an invalid or unknown option */
  constructor(options?: MemorySinkOptions) {
    this.name = OPTIONS.parse(options).name;
  }

  /** The batches received since the last `clear`, oldest first. */
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
