import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import type { ConfigPatch } from '../config/options.js';
import type { AnalyticsEvent, EventDefaults, EventMetadata } from '../event/event.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { Enricher } from '../operators/enrich.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { RedactionRules } from '../redaction/rule.js';
import type { SamplingStrategy } from '../sampling/strategy.js';
import type { EventSink } from '../sink/sink.js';

export interface CollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> {
  /** What differs from the defaults; can be changed later by `updateConfig`. */
  readonly config?: ConfigPatch | undefined;
  /** Left out: events are held until the first `registerSink`. Empty: there is none, and events count as processed at once. */
  readonly sinks?: readonly EventSink<E>[] | undefined;
  /** Applied in order; `null` filters the event out. */
  readonly enrichers?: Enricher<E> | readonly Enricher<E>[] | undefined;
  /** Added to every event's metadata; a function is asked for each event. */
  readonly metadata?: EventMetadata | (() => EventMetadata) | undefined;
  /** @default none: nothing is redacted */
  readonly redaction?: RedactionRules | undefined;
  /** By type: category and priority of events that name none; policy and sampling go by them. A tracking plan's `options` bring them. @default none */
  readonly eventDefaults?: Readonly<Record<string, EventDefaults>> | undefined;
  /** Says what is wrong with an event, or nothing. Such an event is `'invalid'`. */
  readonly validate?: ((event: E) => string | undefined) | undefined;
  /** Replaces the sampling of the configuration. */
  readonly sampling?: SamplingStrategy<E> | undefined;
  /** Until it says otherwise, consent is unknown, and events are held. Left out: consent is not asked for. */
  readonly consent$?: Observable<ConsentState> | undefined;
  /** Operators of the user's own, applied in order after redaction. */
  readonly stages?: readonly MonoTypeOperatorFunction<E>[] | undefined;
  /** For every sink that brings no lane options of its own. */
  readonly lane?: LanePatch | undefined;
  /** @default a fresh UUID v7 */
  readonly sessionId?: string | undefined;
  /** Clock and timers. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Uniform in [0, 1). @default the runtime's own */
  readonly random?: (() => number) | undefined;
  /** Ids of events and batches. @default UUID v7, ascending */
  readonly newId?: (() => string) | undefined;
}
