import type { SchedulerLike } from 'rxjs';
import type { CollectorConfig } from '../config/options.js';
import { policyTable } from '../config/policy.js';
import { captureEvent } from '../event/create-event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import { eventDefaults } from '../event/event-defaults.js';
import type { AnalyticsEvent, EventMetadata } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { jsonBytes } from '../internal/json-bytes.js';
import type { RejectReason } from '../ledger/drop-reason.js';
import { admitStep } from '../operators/admit.js';
import { enrichStep } from '../operators/enrich.js';
import { redactStep } from '../operators/redact.js';
import { sampleStep } from '../operators/sample-by.js';
import type { StepEnv } from '../operators/step.js';
import { startByType, type TypeSampler } from '../sampling/by-type.js';
import type { Accounts } from './accounts.js';
import type { CollectorOptions } from './collector-options.js';

export interface IntakeParts<E extends AnalyticsEvent> {
  readonly options: CollectorOptions<E>;
  readonly accounts: Accounts;
  readonly sessionId: string;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  readonly config: CollectorConfig;
}

export type Intake<E extends AnalyticsEvent> = ReturnType<typeof openIntake<E>>;

const BRACKETS = 2;

/**
 * From a caller's input to an event that may be published: `admit` captures it first, and then (consent given) `refine` samples, enriches,
 * redacts and measures it. Each is the step of the public operator of that name, started once.
 *
 * An event that goes no further leaves its reason in `rejection`, to be read at once.
 */
export function openIntake<E extends AnalyticsEvent>({ options, accounts, sessionId, scheduler, random, config }: IntakeParts<E>) {
  const { enrichers, metadata, redaction, validate, sampling } = options;
  /** Why the last event went no further, and what was thrown if that was why. */
  const rejection: { reason: RejectReason; error: unknown } = { reason: 'filtered', error: undefined };
  const reject = (_event: unknown, reason: RejectReason, error?: unknown): undefined => {
    rejection.reason = reason;
    rejection.error = error;
  };
  const env: StepEnv<E> = { now: () => scheduler.now(), random, reject };

  const environment = environmentMetadata();
  /** Of `setMetadata`. */
  let metadataPatch: EventMetadata = {};
  /** When the event in hand was captured: one look at the clock, 55 ns, serves its timestamp and its id. */
  let time = 0;
  const captureEnv = {
    now: () => time,
    newId: safeIds(options.newId, () => time),
    sessionId,
    metadata: environment as EventMetadata,
    defaults: eventDefaults(options.eventDefaults),
  };

  let policies = policyTable(config);
  let { maxBytes } = config.batch;
  /** Follows the configuration, where the user gave no strategy. */
  let typeSampler: TypeSampler | undefined;
  const admit = admitStep<E>((type, category) => policies(type, category))(env);
  const sample = sampleStep<E>(sampling ?? { start: () => (typeSampler = startByType(config, env)).sample })(env);
  const enrich = enrichers && enrichStep(enrichers)(env);
  const redact = redaction && redactStep<E>(redaction)(env);

  /** The event measured last, and its size: the batch asks right afterwards. */
  let measured: E | undefined;
  let measuredBytes = 0;

  function measure(event: E): E | undefined {
    try {
      measuredBytes = jsonBytes(event);
    } catch (error) {
      return reject(event, 'invalid', error);
    }
    measured = event;
    return measuredBytes + BRACKETS > maxBytes ? reject(event, 'too_large') : event;
  }

  /** What an enricher gives need not have a session any more, and reading it may throw. */
  function withSession(event: E): E | undefined {
    try {
      return event.sessionId === undefined ? { ...event, sessionId } : event;
    } catch (error) {
      return reject(event, 'enricher_error', error);
    }
  }

  function rebuildMetadata(): void {
    let shared: EventMetadata = environment;
    try {
      shared = mergeMetadata(shared, typeof metadata === 'function' ? metadata() : metadata);
    } catch (error) {
      // The event is worth more than its metadata: it goes on without the patch.
      accounts.threw('metadata', error);
    }
    captureEnv.metadata = Object.freeze(mergeMetadata(shared, metadataPatch));
  }

  if (typeof metadata !== 'function') rebuildMetadata();

  return {
    rejection,
    metadataPatch: () => metadataPatch,

    configure(next: CollectorConfig): void {
      policies = policyTable(next);
      typeSampler?.update(next);
      ({ maxBytes } = next.batch);
    },

    setMetadata(patch: EventMetadata): void {
      // `undefined` takes a key back; `mergeMetadata` leaves such keys alone.
      metadataPatch = Object.fromEntries(Object.entries({ ...metadataPatch, ...patch }).filter(([, value]) => value !== undefined));
      if (typeof metadata !== 'function') rebuildMetadata();
    },

    /** The event in its fixed shape, found valid and allowed. */
    admit(input: unknown): E | undefined {
      if (typeof metadata === 'function') rebuildMetadata();
      try {
        time = scheduler.now();
        const event = captureEvent(input, captureEnv) as E;
        const fault = validate?.(event);
        return fault === undefined ? admit(event) : reject(event, 'invalid', new TypeError(fault));
      } catch (error) {
        return reject(input, 'invalid', error);
      }
    },

    refine(event: E): E | undefined {
      let refined = sample(event);
      if (enrich && refined) refined = enrich(refined);
      if (enrich && refined) refined = withSession(refined);
      if (redact && refined) refined = redact(refined);
      return refined && maxBytes < Infinity ? measure(refined) : refined;
    },

    /** The bytes of an event's JSON. */
    sizeOf: (event: E): number => (event === measured ? measuredBytes : jsonBytes(event)),
  };
}
