import type { AnalyticsEvent } from '../event/event.js';
import type { Trampoline } from '../internal/trampoline.js';
import type { Recorder } from './recorder.js';
import type { CollectorOptions } from './collector-options.js';
import type { Admission } from './admission.js';
import type { EventProcessor } from './event-processor.js';
import type { Publisher } from './publisher.js';
import type { SinkRegistry } from './sink-registry.js';

/** What the functions beside a collector, such as `explain`, may see of it, and its users may not. */
export interface Internals<E extends AnalyticsEvent = AnalyticsEvent> {
  readonly options: CollectorOptions<E>;
  readonly recorder: Recorder;
  readonly processor: EventProcessor<E>;
  readonly admission: Admission<E>;
  readonly publisher: Publisher<E>;
  readonly seats: SinkRegistry<E>;
  readonly trampoline: Trampoline;
}

const INTERNALS = new WeakMap<object, Internals>();

export function setInternals<E extends AnalyticsEvent>(collector: object, internals: Internals<E>): void {
  INTERNALS.set(collector, internals as unknown as Internals);
}

/** `undefined` for a collector of another copy of the package. */
export function internalsOf(collector: object): Internals | undefined {
  return INTERNALS.get(collector);
}
