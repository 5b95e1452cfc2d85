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
 * A collector's parts, around the pipeline of `pipeline.ts`. Each part is a class with places that are `undefined` until a feature fills them:
 * steps (`processor`), consent and capacity (`admission`), stages and hold (`publisher`), diagnostics, stats and settlements (`recorder`), dead
 * letters, and the parts of lanes (`createBreaker`, `createPriorityQueue`).
 */
export class Kernel<E extends AnalyticsEvent> implements CollectorContext<E> {
  readonly options: KernelOptions<E>;
  readonly scheduler: SchedulerLike;
  /** The same, outside of the trampoline: for observers, whose timers change nothing. */
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
  /** Place of `withBreaker`. */
  createBreaker: LaneEnv<E>['createBreaker'];
  /** Place of `withOverflow(byPriority())`. */
  createPriorityQueue: LaneEnv<E>['createPriorityQueue'];
  /** Place of `withOverflow(blocking())`: made for the first lane that blocks. */
  createCapacity: (() => CapacityPlace<E>) | undefined;
  /** Place of `withDeadLetters`: empties its store. */
  purgeDeadLetters: (() => void) | undefined;
  /** Place of `withDeadLetters`: closes its store. */
  closeDeadLetters: ((onClosed: () => void) => void) | undefined;
  /** Place of `withConsent`: drops the events of the open batch. */
  dropOpenWhen: Observable<'consent'> | undefined;
  /** Place of `withByteLimit`: bytes of an event's JSON. */
  sizeOf: ((event: E) => number) | undefined;
  /** Rows that features add to the options of lanes. */
  laneRows: { readonly breaker?: OptionRow<LaneOptions['breaker']> } = {};
  /** Values of `lane.overflow`, the default first. */
  overflowPolicies: readonly OverflowPolicy[] = BUILT_IN_POLICIES;
  /** The bound of `withByteLimit`, whatever the configuration says. */
  byteLimit = Infinity;
  limits: KernelLimits = { maxCount: 100, maxBytes: Infinity, maxAgeMs: 30_000 };
  /** Events that are held for a sink or for consent at most, and the bound of a lane without its own. */
  maxEvents = 10_000;
  /** What `explain` reads of features. */
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

  /** Made when it is first needed: some runtimes refuse randomness while modules load. */
  get sessionId(): string {
    return this.processor.session?.id ?? (this.#sessionId ??= this.newId());
  }

  stats(): CollectorStats {
    return this.recorder.ledger.snapshot(this.sinks.mapLedgers((ledger) => ledger.snapshot()));
  }

  // Called by users' features. Fields, so that `({ addStep }) => …` works.
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

  /** Applies `limits` to the open batch, too. */
  applyLimits(): void {
    this.#limits$.next(this.limits);
  }

  /**
   * Registers a sink, which receives every batch cut after the call's turn on the trampoline.
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
      // The open events were counted as processed: they belong to no sink.
      if (this.publisher.isDiscarding) this.cut();
      registered.state = 'active';
      this.#joins.next(registered);
      this.publisher.hasSink = true;
      this.publisher.hold?.release();
    }, this.trampoline.depth);
  }

  /** @throws TypeError for an invalid option, and for one whose feature is missing */
  laneOptions(patch?: LanePatch): LaneSettings {
    const table = optionsOf<Omit<LaneOptions, 'breaker'>>(() => ({ ...laneRows(this.overflowPolicies), ...this.laneRows }));
    return resolvePatches(table, [{ maxEvents: this.maxEvents }, this.options.lane, patch]);
  }

  /** Calls back when the streams exist, before sinks are registered: for the library's own features. */
  onAssemble(callback: (streams: Streams<E>) => void): void {
    this.#onAssemble.push(callback);
  }

  /** Puts the pipeline together. */
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
          // Without a sink it counts as processed.
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
    // Keeps the pipeline running without other observers.
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

  /** The end: every observable completes, and no timer or subscription is left. */
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

/** The kernel behind the context that a feature receives. */
export function kernelOfContext<E extends AnalyticsEvent>(context: CollectorContext<E>): Kernel<E> {
  if (context instanceof Kernel) return context as Kernel<E>;
  throw new TypeError('Expected the context of a collector made by this copy of rx-event-collector');
}

/** A feature of the library's own: it may use all of the kernel. */
export const kernelFeature =
  <Members, E extends AnalyticsEvent>(install: (kernel: Kernel<E>) => Members): CollectorFeature<Members, E> =>
  (context) =>
    install(kernelOfContext(context));

const KERNELS = /* @__PURE__ */ new WeakMap<object, Kernel<AnalyticsEvent>>();

/** For functions beside a collector, such as `explain`. */
export function setKernel<E extends AnalyticsEvent>(collector: object, kernel: Kernel<E>): void {
  KERNELS.set(collector, kernel as unknown as Kernel<AnalyticsEvent>);
}

/** `undefined` for a collector of another copy of the package. */
export function kernelOf(collector: object): Kernel<AnalyticsEvent> | undefined {
  return KERNELS.get(collector);
}
