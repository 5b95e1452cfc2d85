import { catchError, EMPTY, tap, type Observable, type Observer, type Subscription } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import type { AnalyticsEvent, EventInput, EventMetadata } from '../event/event.js';
import { withBreaker } from '../features/with-breaker.js';
import { withByteLimit } from '../features/with-byte-limit.js';
import { withConsent } from '../features/with-consent.js';
import { withDeadLetters, type WithDeadLetters } from '../features/with-dead-letters.js';
import { withDiagnostics } from '../features/with-diagnostics.js';
import { withEnrichers } from '../features/with-enrichers.js';
import { withEventDefaults } from '../features/with-event-defaults.js';
import { withMetadata, type WithMetadata } from '../features/with-metadata.js';
import { blocking, byPriority, withOverflow } from '../features/with-overflow.js';
import { withPolicy, type WithPolicy } from '../features/with-policy.js';
import { withRedaction } from '../features/with-redaction.js';
import { withRuntimeSinks, type WithRuntimeSinks } from '../features/with-runtime-sinks.js';
import { withSampling } from '../features/with-sampling.js';
import type { Settlement } from '../features/settlement.js';
import { withSettlements, type TrackOptions, type WithSettlements } from '../features/with-settlements.js';
import { withStages } from '../features/with-stages.js';
import { withStats } from '../features/with-stats.js';
import { withValidation } from '../features/with-validation.js';
import type { DeadLetter } from '../lane/delivery.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { CollectorStats } from '../ledger/ledger.js';
import type { EventSink } from '../sink/sink.js';
import { addMembers, Collector, installFeatures } from './collector.js';
import type { CollectorFeature } from './collector-context.js';
import { COLLECTOR_OPTIONS, type CollectorOptions } from './collector-options.js';
import type { Diagnostic } from './diagnostics.js';
import type { FlushReport } from './flush-report.js';
import { Kernel } from './kernel.js';
import type { FlushOptions } from './lifecycle.js';
import type { Recorder } from './recorder.js';

/**
 * Collects events, shares them live, delivers them in batches to every sink, and keeps a ledger of each.
 *
 * It is a collector (see `createCollector`) with every feature, in one class. `pipeline.ts` shows the path of an event.
 *
 * @example
 * const sink = new MemorySink();
 * const collector = new EventCollector({ sinks: [sink] });
 * collector.track('feature_used', { feature: 'search' });
 * await collector.shutdown();
 * expect(sink.events[0]?.type).to.equal('feature_used');
 */
export class EventCollector<E extends AnalyticsEvent = AnalyticsEvent> extends Collector<E> {
  /** Final failures; with a store, first those that earlier processes or pages left in it. `redeliver` and `discard` accept them. */
  readonly deadLetters$: Observable<DeadLetter<E>>;
  /** Every loss, failed attempt and throwing callback, at most once a second per kind, with counts; breakers, flushes, shutdown. */
  readonly diagnostics$: Observable<Diagnostic>;
  /** The ledger: its current state, then changes at most once a second, and its final state. Costs nothing without a subscriber. */
  readonly stats$: Observable<CollectorStats>;

  readonly #recorder: Recorder;
  readonly #policy: WithPolicy;
  readonly #metadata: WithMetadata;
  readonly #sinks: WithRuntimeSinks<E>;
  readonly #deadLetters: WithDeadLetters<E>;
  readonly #settlements: WithSettlements<E>;

  /**
   * @param features added to the built-in ones, such as your own `CollectorFeature`; members that they add are not typed
   * @throws ConfigError with every fault of `config`
   * @throws TypeError for any other invalid option, an unknown option, or an invalid feature
   * @throws Error for two sinks with the same name
   */
  constructor(options: CollectorOptions<E> = {}, ...features: readonly CollectorFeature<unknown, E>[]) {
    const {
      config,
      enrichers,
      metadata,
      redaction,
      eventDefaults,
      validate,
      sampling,
      consent$,
      stages,
      deadLetters: deadLetterOptions,
      ...kernelOptions
    } = COLLECTOR_OPTIONS.parse(options) as Readonly<Pick<CollectorOptions<E>, keyof CollectorOptions>> & Kernel<E>['options'];
    const kernel = new Kernel<E>(kernelOptions);
    const diagnostics = withDiagnostics<E>()(kernel);
    const stats = withStats<E>()(kernel);
    withOverflow<E>(byPriority(), blocking())(kernel);
    withBreaker<E>()(kernel);
    withByteLimit<E>()(kernel);
    const policy = withPolicy<E>(config)(kernel);
    const withMembers = withMetadata<E>(metadata)(kernel);
    if (eventDefaults !== undefined) withEventDefaults<E>(eventDefaults)(kernel);
    if (validate !== undefined) withValidation<E>(validate)(kernel);
    if (consent$ !== undefined) withConsent<E>(consent$)(kernel);
    if (sampling !== undefined) withSampling<E>(sampling)(kernel);
    if (enrichers !== undefined) withEnrichers<E>(...(typeof enrichers === 'function' ? [enrichers] : enrichers))(kernel);
    if (redaction !== undefined) withRedaction<E>(redaction)(kernel);
    if (stages !== undefined) withStages<E>(...stages)(kernel);
    const sinks = withRuntimeSinks<E>()(kernel);
    const deadLetters = withDeadLetters<E>(deadLetterOptions)(kernel);
    const settlements = withSettlements<E>()(kernel);
    const members = installFeatures(kernel, features);
    super(kernel);
    this.#recorder = kernel.recorder;
    this.#policy = policy;
    this.#metadata = withMembers;
    this.#sinks = sinks;
    this.#deadLetters = deadLetters;
    this.#settlements = settlements;
    this.deadLetters$ = deadLetters.deadLetters$;
    this.diagnostics$ = diagnostics.diagnostics$;
    this.stats$ = stats.stats$;
    addMembers(this, members);
    kernel.start(this);
    // `EventCollector.collectTracked` only calls the feature's method, so `followerOf` accepts it as well.
    if (kernel.recorder.settlements) kernel.recorder.settlements.method = Reflect.get(EventCollector.prototype, 'collectTracked');
  }

  /** The current configuration: complete and frozen. */
  get config(): CollectorConfig {
    return this.#policy.config;
  }

  /** Like `events$.subscribe`, but an observer that throws is reported on `diagnostics$` and unsubscribed; others are not affected. */
  subscribe(observer: Partial<Observer<E>> | ((event: E) => void)): Subscription {
    const reported = catchError((error: unknown) => {
      this.#recorder.diagnostics?.callbackError('subscriber', error);
      return EMPTY;
    });
    // Not the observer itself: `tap` would also call `subscribe` and `unsubscribe` of a Subject.
    const { next, complete } =
      typeof observer === 'function'
        ? { next: observer, complete: undefined }
        : { next: (event: E) => observer.next?.(event), complete: () => observer.complete?.() };
    return this.events$.pipe(tap({ next, ...(complete && { complete }) }), reported).subscribe();
  }

  /**
   * Like `collectAsync`, but resolves with the event's final outcome: when every sink has delivered, failed or dropped it, or when it was lost
   * earlier. Each event settles once, at the latest at the end of `shutdown`. Rejects only for invalid options: then nothing is collected.
   */
  collectTracked(event: EventInput<E>, options?: TrackOptions): Promise<Settlement> {
    return this.#settlements.collectTracked(event, options);
  }

  /**
   * Sets metadata for later events, merged into the metadata set before; `undefined` removes a key. An event's own metadata takes precedence.
   *
   * @throws TypeError for anything but an object
   */
  setMetadata(patch: EventMetadata): void {
    this.#metadata.setMetadata(patch);
  }

  /**
   * Adds a sink, which receives every batch from now on, and the events that were held while there was none.
   *
   * @throws TypeError for an invalid sink or lane option
   * @throws Error for a duplicate name, or after shutdown
   */
  registerSink(sink: EventSink<E>, lane?: LanePatch): void {
    this.#sinks.registerSink(sink, lane);
  }

  /**
   * Removes a sink: it still receives the open batch, has `timeoutMs` to deliver its events, then is flushed and closed once. Remaining events are
   * dropped as `'unregistered'`. An unknown name changes nothing. Rejects only for invalid options.
   */
  unregisterSink(name: string, options?: FlushOptions): Promise<FlushReport> {
    return this.#sinks.unregisterSink(name, options);
  }

  /**
   * Offers a dead letter's events to its sink again. Returns false if it has no events, the sink is unknown, leaving or full, consent is denied,
   * or the collector is closed.
   */
  redeliver(deadLetter: DeadLetter<E>): boolean {
    return this.#deadLetters.redeliver(deadLetter);
  }

  /**
   * Removes a dead letter from its store, so that it is not recovered later. Returns false if it is not stored, or the store is closed. The ledger
   * counts it as `failed`.
   */
  discard(deadLetter: DeadLetter<E>): boolean {
    return this.#deadLetters.discard(deadLetter);
  }

  /**
   * Merges a patch into the configuration; `undefined` resets a key to its default. Applies from the next event on.
   *
   * @throws ConfigError with every fault; then nothing has changed
   */
  updateConfig(patch: ConfigPatch): void {
    this.#policy.updateConfig(patch);
  }
}
