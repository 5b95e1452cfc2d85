import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { EventSink } from '../sink/sink.js';

export interface ConsoleSinkOptions {
  /** Unique within a collector. @default 'console' */
  readonly name?: string;
  /** Where a line goes. @default console.log */
  readonly log?: (line: string, data: unknown) => void;
}

/** Writes one line per event, `[prefix] type:` and the data: for debugging. */
export class ConsoleSink<E extends Pick<AnalyticsEvent, 'type' | 'data'> = AnalyticsEvent> implements EventSink<E> {
  readonly name: string;
  readonly #prefix: string;
  readonly #log: (line: string, data: unknown) => void;

  /**
   * @param prefix stands in brackets before each line. @default 'event'
   * @param options its name, and where lines go
   */
  constructor(prefix = 'event', { name = 'console', log = logToConsole }: ConsoleSinkOptions = {}) {
    this.name = name;
    this.#prefix = prefix;
    this.#log = log;
  }

  process(batch: EventBatch<E>): void {
    for (const { type, data } of batch.events) this.#log(`[${this.#prefix}] ${type}:`, data);
  }
}

function logToConsole(line: string, data: unknown): void {
  console.log(line, data);
}
