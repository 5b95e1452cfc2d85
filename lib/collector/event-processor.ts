import type { SchedulerLike } from 'rxjs';
import { captureEvent, type CaptureEnv, type ReplaceableField } from '../event/create-event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import type { AnalyticsEvent, EventDefaults, EventMetadata } from '../event/event.js';
import { aFunction, checkArgument, oneOf } from '../internal/check-option.js';
import type { RejectReason } from '../ledger/drop-reason.js';
import type { StartStep, Step, StepEnv } from '../operators/step.js';

/** The steps of the path that a feature may add to, in the order of the path. */
export type StepPlace = 'validate' | 'admit' | 'sample' | 'enrich' | 'redact' | 'measure';

/** Set by `withVisitor`: the session of events that have none of their own. */
export interface SessionPlace {
  readonly id: string;
  /** The session of an event captured now: a new one if the last event was long ago. */
  renew(now: number): string;
}

export interface EventProcessorOptions {
  readonly sessionId: () => string;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  /** Ids of events. Never throws. */
  readonly newId: (now: () => number) => () => string;
}

/**
 * The path of one event from the caller's input to what is published: `capture` up to consent, `refine` after it.
 *
 * If an event is rejected, the reason is in `rejection` until the next event.
 */
export class EventProcessor<E extends AnalyticsEvent> {
  /** Why the last event was rejected. */
  rejection: RejectReason = 'filtered';
  /** The thrown value, if an exception was the reason. */
  error: unknown;
  /** Set by `withMetadata`: extends the shared metadata. Called when the shared metadata is rebuilt. */
  extendMetadata: ((base: EventMetadata) => EventMetadata) | undefined;
  /** Whether `extendMetadata` is called for every event. */
  isMetadataPerEvent = false;
  /** Set by `withDiagnostics`: called with each field whose value was replaced by its default. */
  onUnusable: CaptureEnv['onUnusable'];
  session: SessionPlace | undefined;
  /** Set by `withEventDefaults`. */
  defaults: ReadonlyMap<string, EventDefaults> | undefined;
  readonly #options: EventProcessorOptions;
  // Each place is a field, `undefined` while it is empty, so an empty place costs an event only a comparison.
  readonly #steps: Record<StepPlace, Step<E> | undefined> = {
    validate: undefined,
    admit: undefined,
    sample: undefined,
    enrich: undefined,
    redact: undefined,
    measure: undefined,
  };
  readonly #captureEnv: { -readonly [K in keyof CaptureEnv]: CaptureEnv[K] };
  /** When the current event was captured. The clock is read once (55 ns) for both timestamp and id. */
  #time = 0;
  /** The interval for which the shared metadata is valid: a time zone's offset may change at its end. */
  #metadataHoldsFrom = Infinity;
  #metadataExpiresAt = -Infinity;

  constructor(options: EventProcessorOptions) {
    this.#options = options;
    const now = (): number => this.#time;
    const onUnusable = (field: ReplaceableField, value: unknown): void => this.onUnusable?.(field, value);
    this.#captureEnv = { now, newId: options.newId(now), sessionId: undefined, metadata: {}, defaults: undefined, onUnusable };
  }

  /**
   * Adds a step. Steps of the same place run in the order in which they were added.
   *
   * @param guard wraps the step
   */
  addStep(place: StepPlace, start: StartStep<E>, guard?: (step: Step<E>, env: StepEnv<E>) => Step<E>): void {
    checkArgument('place', place, oneOf(Object.keys(this.#steps)));
    checkArgument('start', start, aFunction);
    const { scheduler, random } = this.#options;
    const env: StepEnv<E> = {
      now: () => scheduler.now(),
      random,
      reject: (_event, reason, error) => {
        this.reject(reason, error);
      },
    };
    const bare = start(env);
    checkArgument('start()', bare, aFunction);
    const step = guard === undefined ? bare : guard(bare, env);
    const before = this.#steps[place];
    this.#steps[place] =
      before === undefined
        ? step
        : (event) => {
            const passed = before(event);
            return passed && step(passed);
          };
  }

  /** The event in its fixed shape, if it is valid and policy admits it. */
  capture(input: unknown): E | undefined {
    let event: E;
    try {
      this.#time = this.#options.scheduler.now();
      // Must be called first: it may change the metadata.
      const sessionId = this.session?.renew(this.#time);
      if (this.isMetadataPerEvent || this.#time >= this.#metadataExpiresAt || this.#time < this.#metadataHoldsFrom) this.#rebuildMetadata();
      if (sessionId !== undefined) this.#captureEnv.sessionId = sessionId;
      event = captureEvent(input, this.#captureEnv) as E;
    } catch (error) {
      return this.reject('invalid', error);
    }
    const { validate, admit } = this.#steps;
    this.rejection = 'filtered';
    try {
      const valid = validate === undefined ? event : validate(event);
      return valid !== undefined && admit !== undefined ? admit(valid) : valid;
    } catch (error) {
      return this.reject('stage_error', error);
    }
  }

  /** Samples, enriches, redacts and measures a captured event. The library's own steps never throw; user steps may. */
  refine(event: E): E | undefined {
    this.rejection = 'filtered';
    try {
      return this.#refine(event);
    } catch (error) {
      return this.reject('stage_error', error);
    }
  }

  #refine(event: E): E | undefined {
    const { sample, enrich, redact, measure } = this.#steps;
    let refined: E | undefined = event;
    if (sample !== undefined) refined = sample(refined);
    if (refined !== undefined && enrich !== undefined) refined = enrich(refined);
    if (refined !== undefined && redact !== undefined) refined = redact(refined);
    if (refined !== undefined && measure !== undefined) refined = measure(refined);
    return refined;
  }

  reject(reason: RejectReason, error?: unknown): undefined {
    this.rejection = reason;
    this.error = error;
    return undefined;
  }

  /** Makes the next event rebuild the shared metadata. */
  expireMetadata(): void {
    this.#metadataExpiresAt = -Infinity;
  }

  #rebuildMetadata(): void {
    this.#metadataHoldsFrom = this.#time - (this.#time % OFFSET_STEP_MS);
    this.#metadataExpiresAt = this.#metadataHoldsFrom + OFFSET_STEP_MS;
    const base = environmentMetadata(this.#time);
    this.#captureEnv.metadata = Object.freeze(this.extendMetadata?.(base) ?? base);
    this.#captureEnv.defaults = this.defaults;
    this.#captureEnv.sessionId = this.#options.sessionId();
  }
}

/** Time zones change their offset at quarters of an hour. */
const OFFSET_STEP_MS = 900_000;
