import { VirtualTimeScheduler } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import { EventCollector, type WithTimeout } from '../collector/event-collector.js';
import type { FlushReport } from '../collector/flush-report.js';
import type { AnalyticsEvent, EventMetadata } from '../event/event.js';
import { aNumber, checkOption } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import { MemorySink } from '../sinks/memory-sink.js';
import { ScriptedSink } from './scripted-sink.js';
import { seededRandom } from './seeded-random.js';
import { sequentialIds } from './sequential-ids.js';

/** A collector's options, each with a default that makes every run the same. */
export interface TestCollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> extends CollectorOptions<E> {
  /** @default a `MemorySink` */
  readonly sinks?: readonly EventSink<E>[] | undefined;
  /** Added to os `'test'`, arch `'test'`, locale `'en'` and timezoneOffset 0. */
  readonly metadata?: CollectorOptions<E>['metadata'];
  /** @default 'session' */
  readonly sessionId?: string | undefined;
  /** @default one that starts at 0 */
  readonly scheduler?: VirtualTimeScheduler | undefined;
  /** @default `seededRandom(1)` */
  readonly random?: (() => number) | undefined;
  /** @default `sequentialIds()` */
  readonly newId?: (() => string) | undefined;
}

/** A collector in virtual time. Its functions don't need it as `this`. */
export interface TestCollector<E extends AnalyticsEvent, S> {
  readonly collector: EventCollector<E>;
  /** The first of its sinks. */
  readonly sink: S;
  /** Its clock: for operators and sinks that the test makes. */
  readonly scheduler: VirtualTimeScheduler;
  /** Lets that many milliseconds pass, and everything happen that falls into them. */
  advance(ms: number): void;
  /** `collector.flush`, and as much virtual time as it takes. */
  flush(options?: WithTimeout): FlushReport;
  /** `collector.shutdown`, and as much virtual time as it takes. */
  shutdown(options?: WithTimeout): FlushReport;
}
