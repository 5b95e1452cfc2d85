import type { MonoTypeOperatorFunction, Observable, SchedulerLike } from 'rxjs';
import type { ConfigPatch } from '../config/options.js';
import type { AnalyticsEvent, EventDefaults, EventMetadata } from '../event/event.js';
import type { DeadLetterOptions } from '../features/with-dead-letters.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { Enricher } from '../operators/enrich.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { RedactionRules } from '../redaction/rule.js';
import type { SamplingStrategy } from '../sampling/strategy.js';
import type { EventSink } from '../sink/sink.js';
import { aFunction, anArray, anObject, anObservable, anything, isFunction, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aStrategy } from '../sampling/a-strategy.js';
import { kernelRows } from './collector.js';

export interface CollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Overrides of the default configuration. `updateConfig` changes them later. */
  readonly config?: ConfigPatch | undefined;
  /** If left out, events are held until the first `registerSink`. If empty, there is no sink, and events count as processed immediately. */
  readonly sinks?: readonly EventSink<E>[] | undefined;
  /** Applied in order; `null` filters the event out. */
  readonly enrichers?: Enricher<E> | readonly Enricher<E>[] | undefined;
  /** Added to every event's metadata; a function is called for each event. */
  readonly metadata?: EventMetadata | (() => EventMetadata) | undefined;
  /** @default none: nothing is redacted */
  readonly redaction?: RedactionRules | undefined;
  /** Category and priority of events that have none, by type. A tracking plan's `options` contain them. @default none */
  readonly eventDefaults?: Readonly<Record<string, EventDefaults>> | undefined;
  /** Returns a message if the event is `'invalid'`, otherwise `undefined`. */
  readonly validate?: ((event: E) => string | undefined) | undefined;
  /** Replaces the configuration's sampling. */
  readonly sampling?: SamplingStrategy<E> | undefined;
  /** Until it emits, consent is unknown, and events are held. @default consent is not required */
  readonly consent$?: Observable<ConsentState> | undefined;
  /** Your own operators, applied in order after redaction. */
  readonly stages?: readonly MonoTypeOperatorFunction<E>[] | undefined;
  /** `{ spool }` keeps dead letters in a store, until they are redelivered. @default none */
  readonly deadLetters?: DeadLetterOptions | undefined;
  /** Lane options of every sink; `registerSink` can override them. */
  readonly lane?: LanePatch | undefined;
  /** @default a fresh UUID v7 */
  readonly sessionId?: string | undefined;
  /** Clock and timers. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Uniform in [0, 1). @default the runtime's random generator */
  readonly random?: (() => number) | undefined;
  /** Ids of events and batches. @default UUID v7, ascending */
  readonly newId?: (() => string) | undefined;
}

const isFunctions = (value: unknown): boolean => Array.isArray(value) && value.every(isFunction);

/** `config`, `lane`, each sink and each rule are checked elsewhere. */
export const COLLECTOR_OPTIONS = /* @__PURE__ */ optionsOf<CollectorOptions<never>, keyof CollectorOptions>(() => ({
  ...kernelRows(),
  config: [anything],
  enrichers: [{ expected: 'a function or an array of functions', accepts: (value) => isFunction(value) || isFunctions(value) }],
  metadata: [{ expected: 'an object or a function', accepts: (value) => isFunction(value) || isObject(value) }],
  redaction: [anArray],
  eventDefaults: [anObject],
  validate: [aFunction],
  sampling: [aStrategy],
  consent$: [anObservable],
  deadLetters: [anObject],
  stages: [{ expected: 'an array of functions', accepts: isFunctions }],
}));
