import type { SchedulerLike } from 'rxjs';
import type { CollectorConfig } from '../config/options.js';
import { policyTable, type PolicyTable } from '../config/policy.js';
import { captureEvent, type CaptureEnv } from '../event/create-event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import { eventDefaults } from '../event/event-defaults.js';
import type { AnalyticsEvent, EventMetadata } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { withSession } from '../event/with-session.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { jsonBytes } from '../internal/json-bytes.js';
import type { RejectReason } from '../ledger/drop-reason.js';
import { admitStep } from '../operators/admit.js';
import { enrichStep } from '../operators/enrich.js';
import { redactStep } from '../operators/redact.js';
import { sampleStep } from '../operators/sample-by.js';
import type { StartStep, Step, StepEnv } from '../operators/step.js';
import { startByType, type TypeSampler } from '../sampling/by-type.js';
import type { Recorder } from './recorder.js';
import type { CollectorOptions } from './collector-options.js';

/** What the processor takes from the collector's options. */
export type EventProcessorOptions<E extends AnalyticsEvent> = Pick<
  CollectorOptions<E>,
  'enrichers' | 'metadata' | 'redaction' | 'eventDefaults' | 'validate' | 'sampling' | 'newId'
> & {
  readonly sessionId: string;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly recorder: Recorder;
};

/**
 * From a caller's input to an event that may be published: `admit` captures it first, and then (consent given) `refine` samples, enriches,
 * redacts and measures it. Each is the step of the public operator of that name, started once.
 *
 * An event that goes no further leaves its reason in `rejection`, to be read at once.
 */
export class EventProcessor<E extends AnalyticsEvent> {
  /** Why the last event went no further. */
  rejection: RejectReason = 'filtered';
  /** What was thrown, if that was why. */
  error: unknown;
  readonly #options: EventProcessorOptions<E>;
  readonly #scheduler: SchedulerLike;
  readonly #validate: ((event: E) => string | undefined) | undefined;
  readonly #ownMetadata: () => EventMetadata | undefined;
  /** For each event anew. */
  readonly #asksForMetadata: boolean;
  readonly #stepEnv: StepEnv<E>;
  readonly #captureEnv: { -readonly [K in keyof CaptureEnv]: CaptureEnv[K] };
  readonly #enrich: Step<E> | undefined;
  readonly #redact: Step<E> | undefined;
  #metadataPatch: EventMetadata = {};
  readonly #admit: Step<E>;
  readonly #sample: Step<E>;
  /** Follows the configuration, where the user gave no strategy. */
  readonly #typeSampler: TypeSampler | undefined;
  #policies: PolicyTable;
  /** Whether the configuration keeps all that are like the event admitted last: the sampler, which would look for its policy again, need not be asked. */
  #isUnsampled = false;
  #maxBytes = Infinity;
  /** When the event in hand was captured: one look at the clock, 55 ns, serves its timestamp and its id. */
  #time = 0;
  /** Until when the metadata that events share holds: a zone's offset may change then. */
  #offsetChangesAt = -Infinity;
  /** The event measured last, and its size: the batch asks right afterwards. */
  #measured: E | undefined;
  #measuredBytes = 0;

  constructor(options: EventProcessorOptions<E>, config: CollectorConfig) {
    this.#options = options;
    this.#scheduler = options.scheduler;
    this.#validate = options.validate;
    const { metadata } = options;
    this.#asksForMetadata = typeof metadata === 'function';
    const given = typeof metadata === 'function' ? undefined : this.#merged({}, () => metadata);
    this.#ownMetadata = typeof metadata === 'function' ? metadata : () => given;
    const { scheduler, random, newId, sessionId, enrichers, redaction, sampling } = options;
    const now = (): number => scheduler.now();
    this.#stepEnv = {
      now,
      random,
      reject: (_event, reason, error) => {
        this.#reject(reason, error);
      },
    };
    this.#captureEnv = {
      now: () => this.#time,
      newId: safeIds(newId, () => this.#time),
      sessionId,
      metadata: {},
      defaults: eventDefaults(options.eventDefaults),
    };
    this.#enrich = enrichers === undefined ? undefined : this.#start(enrichStep(typeof enrichers === 'function' ? [enrichers] : enrichers));
    this.#redact = redaction === undefined ? undefined : this.#start(redactStep(redaction));
    this.#policies = policyTable(config);
    this.#maxBytes = config.batch.maxBytes;
    this.#admit = this.#start(
      admitStep((type, category) => {
        const policy = this.#policies(type, category);
        this.#isUnsampled = sampling === undefined && policy.sampling.rate === 1;
        return policy;
      }),
    );
    if (sampling === undefined) this.#typeSampler = startByType(config, this.#stepEnv);
    this.#sample = this.#start(sampleStep(sampling ?? { start: () => (this.#typeSampler as TypeSampler).sample }));
  }

  /** Of `setMetadata`. */
  get metadataPatch(): EventMetadata {
    return this.#metadataPatch;
  }

  configure(config: CollectorConfig): void {
    this.#policies = policyTable(config);
    this.#typeSampler?.update(config);
    this.#maxBytes = config.batch.maxBytes;
  }

  setMetadata(patch: EventMetadata): void {
    // `undefined` takes a key back; `mergeMetadata` leaves such keys alone.
    this.#metadataPatch = Object.fromEntries(
      Object.entries({ ...this.#metadataPatch, ...patch }).filter(([, value]) => value !== undefined),
    );
    this.#offsetChangesAt = -Infinity;
  }

  /** The event in its fixed shape, found valid. */
  #capture(input: unknown): E | undefined {
    try {
      this.#time = this.#scheduler.now();
      if (this.#asksForMetadata || this.#time >= this.#offsetChangesAt) this.#rebuildMetadata();
      const event = captureEvent(input, this.#captureEnv) as E;
      const fault = this.#validate?.(event);
      return fault === undefined ? event : this.#reject('invalid', new TypeError(fault));
    } catch (error) {
      return this.#reject('invalid', error);
    }
  }

  admit(input: unknown): E | undefined {
    const event = this.#capture(input);
    return event && this.#admit(event);
  }

  /** @param isJustAdmitted whether no other event has been admitted since it was */
  refine(event: E, isJustAdmitted = false): E | undefined {
    let refined = isJustAdmitted && this.#isUnsampled ? event : this.#sample(event);
    if (refined && this.#enrich) {
      refined = this.#enrich(refined);
      if (refined) refined = this.#withSession(refined);
    }
    if (refined && this.#redact) refined = this.#redact(refined);
    return refined && this.#maxBytes < Infinity ? this.#measure(refined) : refined;
  }

  /** The bytes of an event's JSON. */
  readonly sizeOf = (event: E): number => (event === this.#measured ? this.#measuredBytes : jsonBytes(event));

  /** What an enricher gives need not have a session any more, and reading it may throw. */
  #withSession(event: E): E | undefined {
    try {
      return withSession(event, this.#options.sessionId);
    } catch (error) {
      return this.#reject('enricher_error', error);
    }
  }

  #measure(event: E): E | undefined {
    try {
      this.#measuredBytes = jsonBytes(event);
    } catch (error) {
      return this.#reject('invalid', error);
    }
    this.#measured = event;
    return this.#measuredBytes + BRACKETS > this.#maxBytes ? this.#reject('too_large') : event;
  }

  #reject(reason: RejectReason, error?: unknown): undefined {
    this.rejection = reason;
    this.error = error;
    return undefined;
  }

  #start(start: StartStep<E>): Step<E> {
    return start(this.#stepEnv);
  }

  #rebuildMetadata(): void {
    this.#offsetChangesAt = this.#time - (this.#time % OFFSET_STEP_MS) + OFFSET_STEP_MS;
    const shared = this.#merged(environmentMetadata(this.#time), this.#ownMetadata);
    this.#captureEnv.metadata = Object.freeze(mergeMetadata(shared, this.#metadataPatch));
  }

  #merged(base: EventMetadata, own: () => EventMetadata | undefined): EventMetadata {
    try {
      return mergeMetadata(base, own());
    } catch (error) {
      // The event is worth more than its metadata: it goes on without the patch.
      this.#options.recorder.threw('metadata', error);
      return base;
    }
  }
}

const BRACKETS = 2;
/** Zones change their offset at quarters of an hour. */
const OFFSET_STEP_MS = 900_000;
