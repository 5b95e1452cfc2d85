import type { SchedulerLike } from 'rxjs';
import type { CollectorConfig } from '../config/options.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { EventMetadata } from '../event/event.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { RedactionRules } from '../redaction/rule.js';
import type { EventSink } from '../sink/sink.js';
import type { StepPlace } from './event-processor.js';

/** The options that every collector has, checked. */
export interface KernelOptions<E> {
  /** If left out, the collector has no sink; if sinks can be registered later, events are held until the first one. */
  readonly sinks: readonly EventSink<E>[] | undefined;
  readonly lane: LanePatch | undefined;
  readonly sessionId: string | undefined;
  readonly scheduler: SchedulerLike | undefined;
  readonly random: (() => number) | undefined;
  readonly newId: (() => string) | undefined;
}

/** Facts that features provide for `explain`. */
export interface KernelFacts {
  config?: () => CollectorConfig;
  hasValidation?: boolean;
  hasSampling?: boolean;
  hasStats?: boolean;
  consent?: () => ConsentState;
  enrichers?: number;
  /** The places to which users' features have added steps. */
  ownSteps?: readonly StepPlace[];
  redaction?: RedactionRules;
  stages?: number;
  /** The metadata that every event gets, without the result of a user's function, which is not called. */
  metadata?: (() => EventMetadata) | undefined;
}

/** When a batch is cut. */
export interface KernelLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}
