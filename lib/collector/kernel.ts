import { asyncScheduler, Subject, type Observable, type SchedulerLike, type Subscription } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkArgument } from '../internal/check-option.js';
import { defaultRandom, safeRandom } from '../internal/default-random.js';
import type { DeadlineClock } from '../internal/deadline.js';
import { KeepAlive } from '../internal/keep-alive.js';
import { optionsOf, type OptionRow } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import { onTrampoline, Trampoline } from '../internal/trampoline.js';
import { streamOf } from '../internal/stream-of.js';
import type { LaneEnv } from '../lane/lane.js';
import {
  laneRows,
  resolvePatches,
  type LaneOptions,
  type LanePatch,
  type LaneSettings,
  type OverflowPolicy,
} from '../lane/lane-options.js';
import { PauseClock } from '../lane/pause-clock.js';
import type { CollectorStats } from '../ledger/ledger.js';
import type { StartStep } from '../operators/step.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';
import { Admission, type CapacityPlace } from './admission.js';
import { checkedStep } from './checked-step.js';
import type { CollectorContext, CollectorFeature, RunningCollector } from './collector-context.js';
import { EventProcessor, type StepPlace } from './event-processor.js';
import type { KernelFacts, KernelLimits, KernelOptions } from './kernel-options.js';
import { Lifecycle } from './lifecycle.js';
import { pipeline, type Joining } from './pipeline.js';
import { Publisher } from './publisher.js';
import { Recorder } from './recorder.js';
import { SinkRegistry, type RegisteredSink } from './sink-registry.js';

/** @inline */
type Streams<E extends AnalyticsEvent> = Pick<RunningCollector<E>, 'events$' | 'batches$' | 'deliveries$'>;

/** Overflow policies of a collector without `withOverflow`, the default first. */
export const BUILT_IN_POLICIES: readonly OverflowPolicy[] = ['drop_oldest', 'drop_newest'];

/**
 * A collector's parts, around the pipeline of `pipeline.ts`. Each part is a class with fields that are `undefined` until a feature sets them: steps
 * (`processor`), consent and capacity (`admission`), stages and hold (`publisher`), diagnostics, stats and settlements (`recorder`), dead letters,
 * and the parts of lanes (`createBreaker`, `createPriorityQueue`).
 */
export class Kernel<E extends AnalyticsEvent> implements CollectorContext<E> {
  readonly options: KernelOptions<E>;
  readonly scheduler: SchedulerLike;
  /** The same scheduler without the trampoline: for observers, whose timers don't change the collector's state. */
  readonly observerScheduler: SchedulerLike;
  readonly random: () => number;
  readonly newId: () => string;
  readonly recorder = new Recorder();
  readonly trampoline: Trampoline;
  readonly keepAlive: KeepAlive;
  readonly processor: EventProcessor<E>;
  readonly publisher: Publisher<E>;
  readonly admission: Admission<E>;
  readonly sinks: SinkRegistry<E>;
  readonly deadlineClock: DeadlineClock;
  readonly lifecycle: Lifecycle<E>;
  /** Set by `withBreaker`. */
  createBreaker: LaneEnv<E>['createBreaker'];
  /** Set by `withOverflow(byPriority())`. */
  createPriorityQueue: LaneEnv<E>['createPriorityQueue'];
  /** Set by `withOverflow(blocking())`; called for the first lane that blocks. */
  createCapacity: (() => CapacityPlace<E>) | undefined;
  /** Set by `withDeadLetters`: empties its store. */
  purgeDeadLetters: (() => void) | undefined;
  /** Set by `withDeadLetters`: closes its store. */
  closeDeadLetters: ((onClosed: () => void) => void) | undefined;
  /** Set by `withConsent`: drops the events of the open batch when it emits. */
  dropOpenWhen: Observable<'consent'> | undefined;
  /** Set by `withByteLimit`: returns the bytes of an event's JSON. */
  sizeOf: ((event: E) => number) | undefined;
  /** Rows that features add to the options of lanes. */
  laneRows: { readonly breaker?: OptionRow<LaneOptions['breaker']> } = {};
  /** Values of `lane.overflow`, the default first. */
  overflowPolicies: readonly OverflowPolicy[] = BUILT_IN_POLICIES;
  /** The limit of `withByteLimit`, in addition to the configuration's. */
  byteLimit = Infinity;
  limits: KernelLimits = { maxCount: 100, maxBytes: Infinity, maxAgeMs: 30_000 };
  /** Maximum number of events held for a sink or for consent, and the default bound of a lane. */
  maxEvents = 10_000;
  /** Facts that features provide for `explain`. */
  readonly facts: KernelFacts = {};
  readonly #cuts = new Subject<void>();
  readonly #limits$ = new Subject<KernelLimits>();
  readonly #joins = new Subject<Joining<E>>();
  readonly #onAssemble: ((streams: Streams<E>) => void)[] = [];
  readonly #onStart: ((collector: RunningCollector<E>) => void)[] = [];
  readonly #onComplete: (() => void)[] = [];
  #sessionId: string | undefined;
  #running: Subscription | undefined;

  constructor(options: KernelOptions<E>) {
    this.options = options;
    const { scheduler = backgroundScheduler, random = defaultRandom } = options;
    const trampoline = (this.trampoline = new Trampoline((error) => {
      this.recorder.diagnostics?.callbackError('pipeline', error);
    }));
    this.observerScheduler = scheduler;
    this.scheduler = onTrampoline(scheduler, trampoline);
    this.random = random;
    this.newId = safeIds(options.newId, () => scheduler.now());
    this.#sessionId = options.sessionId;
    this.keepAlive = new KeepAlive(options.scheduler ?? asyncScheduler);
    this.processor = new EventProcessor<E>({
      scheduler,
      random,
      newId: (now) => safeIds(options.newId, now),
      sessionId: () => this.sessionId,
    });
    this.publisher = new Publisher<E>(this.recorder);
    this.admission = new Admission<E>(this.recorder, trampoline, this.processor, this.publisher);
    const elapsed = steadyClock(() => scheduler.now());
    const pauseClock = new PauseClock(elapsed);
    this.sinks = new SinkRegistry<E>({
      recorder: this.recorder,
      pauseClock,
      laneEnv: () => ({
        scheduler: this.scheduler,
        elapsed,
        pauseClock,
        random: safeRandom(random),
        newId: this.newId,
        enter: (work) => {
          trampoline.enter(work);
        },
        refusal: () => (this.admission.consent?.isDenied === true ? 'consent' : undefined),
        createBreaker: this.createBreaker,
        createPriorityQueue: this.createPriorityQueue,
      }),
    });
    this.deadlineClock = { scheduler: this.scheduler, elapsed, skipGap: (dueAt) => pauseClock.skipGap(dueAt) };
    this.lifecycle = new Lifecycle<E>(this);
  }

  /** Created on first use: some runtimes refuse randomness while modules load. */
  get sessionId(): string {
    return this.processor.session?.id ?? (this.#sessionId ??= this.newId());
  }

  stats(): CollectorStats {
    return this.recorder.ledger.snapshot(this.sinks.mapLedgers((ledger) => ledger.snapshot()));
  }

  // Users' features call these. They are fields, so that `({ addStep }) => …` works.
  readonly addStep = (place: StepPlace, start: StartStep<E>): void => {
    this.processor.addStep(place, start, checkedStep);
    this.facts.ownSteps = [...(this.facts.ownSteps ?? []), place];
  };

  readonly onStart = (callback: (collector: RunningCollector<E>) => void): void => {
    this.#onStart.push(callback);
  };

  readonly onComplete = (callback: () => void): void => {
    this.#onComplete.push(callback);
  };

  /** Cuts the open batch. */
  cut(): void {
    this.#cuts.next();
  }

  /** Applies changed `limits`, also to the open batch. */
  applyLimits(): void {
    this.#limits$.next(this.limits);
  }

  /**
   * Registers a sink. It receives every batch that is cut after this call's turn on the trampoline.
   *
   * @throws TypeError for an invalid sink or lane option
   * @throws Error for a duplicate name, or after shutdown
   */
  addSink(sink: EventSink<E>, lane?: LanePatch): void {
    if (this.admission.isClosed) throw new Error('The collector is shut down');
    const options = this.laneOptions(lane);
    const followsConfig = (lane?.maxEvents ?? this.options.lane?.maxEvents) === undefined;
    const registered: RegisteredSink<E> = this.sinks.add(sink, options, followsConfig);
    if (options.overflow === 'block') this.admission.capacity ??= this.createCapacity?.();
    this.trampoline.defer(() => {
      // Events in the open batch were counted as processed: the new sink must not receive them.
      if (this.publisher.isDiscarding) this.cut();
      registered.state = 'active';
      this.#joins.next(registered);
      this.publisher.hasSink = true;
      this.publisher.hold?.release();
    }, this.trampoline.depth);
  }

  /** @throws TypeError for an invalid option, and for an option whose feature is missing */
  laneOptions(patch?: LanePatch): LaneSettings {
    const table = optionsOf<Omit<LaneOptions, 'breaker'>>(() => ({ ...laneRows(this.overflowPolicies), ...this.laneRows }));
    return resolvePatches(table, [{ maxEvents: this.maxEvents }, this.options.lane, patch]);
  }

  /** Calls back when the streams exist, before sinks are registered: for the library's own features. */
  onAssemble(callback: (streams: Streams<E>) => void): void {
    this.#onAssemble.push(callback);
  }

  /** Assembles the pipeline. */
  assemble(): Streams<E> {
    const { recorder, publisher, admission, limits, newId, scheduler } = this;
    this.laneOptions();
    const events$ = streamOf(publisher.events);
    const { batches$, deliveries$ } = pipeline<E>({
      events$,
      hold: publisher.hold?.operator,
      batching: {
        limits,
        limits$: this.#limits$,
        urgent: ({ priority }) => priority === 'critical',
        flushWhen: this.#cuts,
        rejectWhen: this.dropOpenWhen,
        sizeOf: this.sizeOf ?? unmeasured,
        scheduler,
        newId,
        onReject: (event, reason, error) => {
          // Without a sink, the event counts as processed.
          if (publisher.isDiscarding) return;
          recorder.recordDropped([event], reason === 'too_large' || reason === 'consent' ? reason : 'stage_error', error);
        },
      },
      onBatch: ({ events, reason, createdAt }) => {
        if (!publisher.isDiscarding) recorder.ledger.process(events.length);
        recorder.ledger.flushed(reason, createdAt);
        admission.capacity?.reserve(events.length);
      },
      afterBatch: ({ events }) => recorder.settlements?.fanOut(events),
      sinks$: streamOf(this.#joins),
    });
    // This subscription keeps the pipeline running without other observers.
    this.#running = deliveries$.subscribe((delivery) => {
      const { sink, batch, status, stored = batch.events.length } = delivery;
      if (status === 'failed') recorder.report(stored, status, delivery.error, sink);
      if (status === 'dropped') recorder.report(stored, delivery.reason, undefined, sink);
      admission.capacity?.admitWaiting();
    });
    this.#running.add(batches$.subscribe());
    const streams = { events$, batches$, deliveries$ };
    for (const callback of this.#onAssemble) callback(streams);
    return streams;
  }

  /** Registers the sinks, starts the stages, then the features. If that fails, it releases what was started. */
  start(collector: RunningCollector<E>): void {
    try {
      this.options.sinks?.forEach((sink, index) => {
        checkArgument(`sinks[${String(index)}]`, sink, aSink);
        this.addSink(sink);
      });
      this.publisher.stages?.start();
      for (const callback of this.#onStart) callback(collector);
    } catch (error) {
      this.complete();
      throw error;
    }
  }

  /** Completes every observable, and releases all timers and subscriptions. */
  complete(): void {
    this.publisher.events.complete();
    this.#joins.complete();
    this.#running?.unsubscribe();
    for (const callback of this.#onComplete) {
      try {
        callback();
      } catch (error) {
        this.recorder.diagnostics?.callbackError('pipeline', error);
      }
    }
  }
}

const unmeasured = (): number => 0;

/** Returns the kernel of the context that a feature receives. */
export function kernelOfContext<E extends AnalyticsEvent>(context: CollectorContext<E>): Kernel<E> {
  if (context instanceof Kernel) return context as Kernel<E>;
  throw new TypeError('Expected the context of a collector made by this copy of rx-event-collector');
}

/** Creates a feature of the library itself, which may use all of the kernel. */
export const kernelFeature =
  <Members, E extends AnalyticsEvent>(install: (kernel: Kernel<E>) => Members): CollectorFeature<Members, E> =>
  (context) =>
    install(kernelOfContext(context));

const KERNELS = /* @__PURE__ */ new WeakMap<object, Kernel<AnalyticsEvent>>();

/** Makes the kernel available to functions outside the collector, such as `explain`. */
export function setKernel<E extends AnalyticsEvent>(collector: object, kernel: Kernel<E>): void {
  KERNELS.set(collector, kernel as unknown as Kernel<AnalyticsEvent>);
}

/** `undefined` for a collector of another copy of the package. */
export function kernelOf(collector: object): Kernel<AnalyticsEvent> | undefined {
  return KERNELS.get(collector);
}
