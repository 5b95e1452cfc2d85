import { isObservable, Subscription, type Observable, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent, DataOf, EventBatch, EventInput } from '../event/event.js';
import {
  aFunction,
  aNonEmptyString,
  isObject,
  anArray,
  anInteger,
  anObject,
  aDelay,
  formatValue,
  aScheduler,
  checkArgument,
} from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { Delivery } from '../lane/delivery.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { CollectorStats, CollectOutcome } from '../ledger/ledger.js';
import type { EventSink } from '../sink/sink.js';
import type { CollectorContext, CollectorFeature, RunningCollector } from './collector-context.js';
import type { FlushReport } from './flush-report.js';
import { Kernel, kernelOfContext, setKernel } from './kernel.js';
import type { KernelOptions } from './kernel-options.js';
import type { FlushOptions } from './lifecycle.js';

declare global {
  /** The declaration of TypeScript's `lib.esnext.disposable`, for projects that compile without that library. */
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

/** The options of `retryNow`. */
export interface RetryNowOptions {
  /**
   * Also starts queued batches, up to this number of active batches per lane; `Infinity` is allowed. They may arrive in another order. Use it when
   * nothing can be sent later, such as when a page is left. @default the lane's own concurrency
   */
  readonly concurrency?: number | undefined;
}

const RETRY_NOW = /* @__PURE__ */ optionsOf<RetryNowOptions>(() => ({ concurrency: [anInteger(1, true), 1] }));

/** The members of every collector; features add others. */
export class Collector<E extends AnalyticsEvent = AnalyticsEvent> implements RunningCollector<E> {
  /** Every accepted event, once. Hot: late subscribers see only later events. Delivery doesn't depend on it. */
  readonly events$: Observable<E>;
  /** Emits every batch when it is cut. */
  readonly batches$: Observable<EventBatch<E>>;
  /** The outcome of each batch, or part of one, at each sink. */
  readonly deliveries$: Observable<Delivery<E>>;

  /** `shutdown`, for `await using`. Defined if the runtime has `Symbol.asyncDispose`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<FlushReport>;

  readonly #kernel: Kernel<E>;

  /**
   * For the library's own classes; use `createCollector` instead.
   *
   * @throws TypeError for anything but the context that features receive
   */
  constructor(context: CollectorContext<E>) {
    const kernel = (this.#kernel = kernelOfContext(context));
    setKernel(this, kernel);
    const { events$, batches$, deliveries$ } = kernel.assemble();
    this.events$ = events$;
    this.batches$ = batches$;
    this.deliveries$ = deliveries$;
    if (typeof (Symbol as Partial<SymbolConstructor>).asyncDispose === 'symbol') {
      Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.shutdown() });
    }
  }

  /** The session id of events that have none of their own. */
  get sessionId(): string {
    return this.#kernel.sessionId;
  }

  /**
   * Collects an event and returns its outcome. Never throws, never blocks.
   *
   * `'accepted'` means buffered; what happens later is in `stats()` and on `deliveries$`.
   */
  collect(event: EventInput<E>): CollectOutcome {
    return this.#kernel.admission.collect(event);
  }

  /** Collects each event in order, and counts the outcomes. */
  collectBatch(events: Iterable<EventInput<E>>): Record<CollectOutcome, number> {
    const outcomes: Record<CollectOutcome, number> = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
    for (const event of events) outcomes[this.collect(event)] += 1;
    return outcomes;
  }

  /** Like `collect`, but waits while a lane with `overflow: 'block'` is full. Calls are served in order. */
  collectAsync(event: EventInput<E>): Promise<CollectOutcome> {
    return this.#kernel.admission.collectAsync(event);
  }

  /** `collect` for a type and its payload. */
  track<K extends E['type']>(
    type: K,
    ...data: undefined extends DataOf<E, K> ? [data?: DataOf<E, K>] : [data: DataOf<E, K>]
  ): CollectOutcome {
    return this.collect({ type, data: data[0] } as unknown as EventInput<E>);
  }

  /** A snapshot of the ledger. */
  stats(): CollectorStats {
    return this.#kernel.stats();
  }

  /**
   * Pauses delivery: no lane starts an attempt until the Subscription is unsubscribed. Attempts in flight continue, events are accepted and
   * batched, and lanes stay bounded. Time in a pause doesn't count for retries. Pauses may overlap.
   */
  pause(): Subscription {
    const { sinks, trampoline } = this.#kernel;
    sinks.pause();
    return new Subscription(() => {
      trampoline.defer(() => {
        sinks.resume();
      }, trampoline.depth);
    });
  }

  /**
   * Ends every wait of every lane: back-off, `Retry-After` and open breakers become an attempt now. Does nothing during a pause.
   *
   * @throws TypeError for an invalid or unknown option
   */
  retryNow(options?: RetryNowOptions): void {
    const { concurrency } = RETRY_NOW.parse(options);
    const { sinks, trampoline } = this.#kernel;
    trampoline.defer(() => {
      sinks.retryNow(concurrency);
    }, trampoline.depth);
  }

  /**
   * Cuts the open batch, and resolves when every event accepted before the call is settled by every lane. Later events are not waited for.
   *
   * Rejects only for invalid options. After a timeout, the report has `timedOut`, and pending events stay pending.
   */
  flush(options?: FlushOptions): Promise<FlushReport> {
    return this.#kernel.lifecycle.flush(options);
  }

  /**
   * Refuses new events, delivers what it can before the deadline, flushes and closes every sink, and completes the observables. Remaining events are
   * dropped as `'shutdown'` and reported. Rejects only for invalid options; a second call returns the same promise.
   */
  shutdown(options?: FlushOptions): Promise<FlushReport> {
    return this.#kernel.lifecycle.shutdown(options);
  }
}

/** The options of `createCollector`. */
export interface CreateCollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> {
  /** @default none; with `withRuntimeSinks`, events are then held until the first `registerSink` */
  readonly sinks?: readonly EventSink<E>[] | undefined;
  /** When a batch is cut. With `withPolicy`, the configuration's `batch` applies instead. @default 100 events, 30_000 ms */
  readonly batch?: { readonly maxCount?: number | undefined; readonly maxAgeMs?: number | undefined } | undefined;
  /** Lane options of every sink. @default one attempt at a time, 10_000 events, then the oldest is dropped */
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

/** @inline */
interface BatchLimits {
  readonly maxCount: number;
  readonly maxAgeMs: number;
}

/** @inline */
type CreateOptions = KernelOptions<never> & { readonly batch: BatchLimits };

/** The option rows of every collector. */
export const kernelRows = () =>
  ({
    sinks: [anArray],
    lane: [anObject],
    sessionId: [aNonEmptyString],
    scheduler: [aScheduler],
    random: [aFunction],
    newId: [aFunction],
  }) as const;

const OPTIONS = /* @__PURE__ */ optionsOf<CreateOptions, keyof KernelOptions<never>>(() => ({
  ...kernelRows(),
  batch: optionsOf<BatchLimits>(() => ({ maxCount: [anInteger(1), 100], maxAgeMs: [aDelay(), 30_000] })),
}));

/**
 * Adds the members of a feature: methods and streams as they are, other values through accessors, so that the feature and the collector share them.
 *
 * @throws TypeError for anything but a plain object, and for a name that is already used
 */
function addMembersOf(collector: object, feature: string, members: unknown): void {
  if (members === undefined) return;
  const isPlain = isObject(members) && [Object.prototype, null].includes(Object.getPrototypeOf(members) as object | null);
  if (!isPlain) {
    const hint = typeof members === 'function' ? '. Are the parentheses missing, as in `withStats()`?' : '';
    throw new TypeError(`Expected ${feature} to return a plain object or nothing, got ${formatValue(members)}${hint}`);
  }
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(members))) {
    if (name in collector) throw new TypeError(`${feature} adds \`${name}\`, which exists already`);
    const isMethod = typeof value === 'function' || isObservable(value);
    const access = {
      get: () => members[name],
      set: (next: unknown) => {
        (members as Record<string, unknown>)[name] = next;
      },
    };
    Object.defineProperty(collector, name, { enumerable: true, configurable: true, ...(isMethod ? { value, writable: true } : access) });
  }
}

/** The members that features add to a collector. */
export type MembersOf<M extends readonly unknown[]> = M extends readonly [infer First, ...infer Rest]
  ? (First extends object ? First : unknown) & MembersOf<Rest>
  : unknown;

/**
 * A collector with exactly the features that are passed to it, so that a bundle contains only these.
 *
 * ```ts
 * const collector = createCollector({ sinks: [postSink({ url: '/events' })] }, withConsent(consent$), withRedaction(defaultRedaction()));
 * ```
 *
 * Without features it captures, batches, delivers through bounded lanes with timeout and retry, keeps the ledger, flushes and shuts down. Features
 * add steps at fixed places of an event's path, regardless of the order in which they are passed, and members to the collector. `EventCollector` is a
 * collector with every feature.
 *
 * @throws TypeError for an invalid or unknown option
 * @throws Error for a feature that is passed twice, or two sinks with the same name
 * @example
 * const sink = new MemorySink();
 * const collector = createCollector({ sinks: [sink] }, withEnrichers((event) => ({ ...event, weight: 2 })));
 * collector.track('feature_used');
 * await collector.shutdown();
 * expect(sink.events.map(({ weight }) => weight)).to.deep.equal([2]);
 */
export function createCollector<E extends AnalyticsEvent = AnalyticsEvent, M extends readonly unknown[] = readonly unknown[]>(
  options: CreateCollectorOptions<E> = {},
  ...features: { readonly [K in keyof M]: CollectorFeature<M[K], E> }
): Collector<E> & MembersOf<M> {
  const { batch, ...parsed } = OPTIONS.parse(options);
  const kernel = new Kernel<E>(parsed);
  kernel.limits = { ...kernel.limits, ...batch };
  const members = installFeatures(kernel, features as readonly CollectorFeature<unknown, E>[]);
  const collector = new Collector(kernel);
  addMembers(collector, members);
  kernel.start(collector);
  return collector as Collector<E> & MembersOf<M>;
}

/**
 * Calls each feature, and returns the members that they add.
 *
 * @throws TypeError for an invalid feature
 */
export function installFeatures<E extends AnalyticsEvent>(kernel: Kernel<E>, features: readonly CollectorFeature<unknown, E>[]): unknown[] {
  return features.map((feature, index) => {
    checkArgument(`features[${String(index)}]`, feature, aFunction);
    return feature(kernel);
  });
}

/** Adds the members that features returned. */
export function addMembers(collector: object, members: readonly unknown[]): void {
  members.forEach((each, index) => {
    addMembersOf(collector, `features[${String(index)}]`, each);
  });
}
