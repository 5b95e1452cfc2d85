import { asyncScheduler, filter, map, Subject, Subscription, type Observable, type Observer } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import { mergePatch, resolveConfig } from '../config/resolve-config.js';
import { safeIds } from '../event/safe-ids.js';
import type { AnalyticsEvent, DataOf, EventBatch, EventInput, EventMetadata } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, checkOption } from '../internal/check-option.js';
import { defaultRandom } from '../internal/default-random.js';
import { inTurns, Turns } from '../internal/turns.js';
import type { DeadLetter, Delivery } from '../lane/delivery.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import type { CollectorStats, CollectOutcome } from '../ledger/ledger.js';
import type { BatchLimits } from '../operators/batch.js';
import type { EventSink } from '../sink/sink.js';
import { Accounts } from './accounts.js';
import { checkCollectorOptions } from './check-collector-options.js';
import type { CollectorOptions } from './collector-options.js';
import type { Diagnostic } from './diagnostics.js';
import type { FlushReport } from './flush-report.js';
import { Endings } from './endings.js';
import { FrontDoor, MAX_CHAIN } from './front-door.js';
import { Intake } from './intake.js';
import { setInternals } from './internals.js';
import { KeepAlive } from './keep-alive.js';
import { Outlet } from './outlet.js';
import { pipeline } from './pipeline.js';
import type { Seat } from './seat.js';
import { Seats } from './seats.js';

export interface WithTimeout {
  /** Milliseconds until it gives up; `Infinity`: never. @default 30_000 */
  readonly timeoutMs?: number;
}

declare global {
  /** As in TypeScript's `lib.esnext.disposable`, for whoever compiles without it. */
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Collects events, shares them live, and delivers them in batches to every sink; and keeps books on each of them.
 *
 * It is the pipeline of `pipeline.ts`, assembled, with a front door, the sinks' seats and the ledger.
 *
 * @example
 * const sink = new MemorySink();
 * const collector = new EventCollector({ sinks: [sink] });
 * collector.track('feature_used', { feature: 'search' });
 * await collector.shutdown();
 * expect(sink.events[0]?.type).to.equal('feature_used');
 */
export class EventCollector<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Given to events that have none of their own. */
  readonly sessionId: string;
  /** Every accepted event, once, hot: late subscribers see only later ones. Delivery doesn't depend on it. */
  readonly events$: Observable<E>;
  /** Every batch, as it is cut. */
  readonly batches$: Observable<EventBatch<E>>;
  /** How each batch, or part of one, ended at each sink. */
  readonly deliveries$: Observable<Delivery<E>>;
  /** Final failures, which `redeliver` takes back. */
  readonly deadLetters$: Observable<DeadLetter<E>>;
  /** Every loss, and what else the collector has to say; at most once a second for each kind of trouble, with counts. */
  readonly diagnostics$: Observable<Diagnostic>;
  /** The books: now, and then when they change, at most once a second; costs nothing while nobody is subscribed. */
  readonly stats$: Observable<CollectorStats>;

  /** `shutdown` for `await using`, where the runtime has it. */
  declare readonly [Symbol.asyncDispose]: () => Promise<FlushReport>;

  readonly #accounts: Accounts;
  readonly #turns: Turns;
  readonly #intake: Intake<E>;
  readonly #door: FrontDoor<E>;
  readonly #outlet: Outlet<E>;
  readonly #seats: Seats<E>;
  readonly #endings: Endings<E>;
  readonly #cut = new Subject<void>();
  readonly #limits = new Subject<BatchLimits>();
  readonly #joins = new Subject<Seat<E>>();
  /** Keeps the pipeline running, whoever else watches it. */
  readonly #running = new Subscription();
  /** What differs from the defaults, as the user gave it. */
  #patch: ConfigPatch;
  #config: CollectorConfig;

  /**
   * @throws ConfigError with every fault of `config`
   * @throws TypeError for another option outside its range
   * @throws Error for two sinks of one name
   */
  constructor(options: CollectorOptions<E> = {}) {
    checkCollectorOptions(options);
    const { scheduler = backgroundScheduler, random = defaultRandom, sinks, stages = [], consent$, lane } = options;
    this.#patch = mergePatch({}, options.config ?? {});
    this.#config = resolveConfig(this.#patch);
    resolveLaneOptions(lane);
    const newId = safeIds(options.newId, () => scheduler.now());
    const accounts = new Accounts(stages.length > 0, scheduler);
    const maxHeld = (): number => this.#config.queue.maxEvents;
    const cut = (): void => {
      this.#cut.next();
    };
    this.sessionId = options.sessionId ?? newId();
    this.#accounts = accounts;
    this.#turns = new Turns(
      (error) => {
        accounts.diagnostics.threw('pipeline', error);
      },
      () => {
        accounts.changed();
      },
    );
    const turnScheduler = inTurns(scheduler, this.#turns);
    const shared = {
      accounts,
      turns: this.#turns,
      scheduler: turnScheduler,
      keepAlive: new KeepAlive(options.scheduler ?? asyncScheduler),
      random,
      newId,
      maxHeld,
      cut,
    };
    this.#seats = new Seats<E>({ ...shared, defaultLane: lane });
    this.#intake = new Intake<E>({ ...options, accounts, random, scheduler, sessionId: this.sessionId }, this.#config);
    this.#outlet = new Outlet<E>({ ...shared, stages, holdsEarlyEvents: sinks === undefined, isDenied: () => this.#door.isDenied });
    this.#door = new FrontDoor<E>({ ...shared, intake: this.#intake, outlet: this.#outlet, seats: this.#seats });
    const complete = (): void => {
      this.#complete();
    };
    this.#endings = new Endings<E>({ ...shared, door: this.#door, outlet: this.#outlet, seats: this.#seats, complete });

    const { batches$, deliveries$ } = pipeline<E>({
      events: this.#outlet.events,
      untilSink: this.#outlet.early.untilSink,
      batching: {
        ...this.#config.batch,
        urgent: ({ priority }) => priority === 'critical',
        flushWhen: this.#cut,
        limits$: this.#limits,
        sizeOf: this.#intake.sizeOf,
        scheduler: turnScheduler,
        newId,
        onReject: (_event, reason, error) => {
          this.#outlet.loseUnbatched(reason === 'too_large' ? reason : 'stage_error', error);
        },
      },
      onBatch: (batch) => {
        this.#outlet.bookBatch(batch);
        this.#seats.announce(batch.events.length);
      },
      sinks$: this.#joins,
    });
    this.events$ = this.#outlet.events.asObservable();
    this.batches$ = batches$;
    this.deliveries$ = deliveries$;
    this.deadLetters$ = deliveries$.pipe(
      filter((delivery) => delivery.status === 'failed'),
      map(({ sink, batch, error, attempts }) => ({ sink, batch, error, attempts })),
    );
    this.diagnostics$ = accounts.diagnostics.diagnostics$;
    this.stats$ = accounts.watch(() => this.stats());
    this.#running.add(batches$.subscribe());
    this.#running.add(
      deliveries$.subscribe((delivery) => {
        accounts.delivered(delivery);
        this.#door.admitWaiting();
      }),
    );
    setInternals(this, { options, accounts, intake: this.#intake, door: this.#door, outlet: this.#outlet, seats: this.#seats });
    if (typeof (Symbol as Partial<SymbolConstructor>).asyncDispose === 'symbol') {
      Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.shutdown() });
    }
    for (const sink of sinks ?? []) this.registerSink(sink);
    if (consent$ !== undefined) this.#door.heed(consent$);
  }

  get config(): CollectorConfig {
    return this.#config;
  }

  /**
   * Takes an event in, and says what became of it. Never throws, never blocks.
   *
   * `'accepted'` means buffered; what is lost later shows in `stats()` and on `diagnostics$`.
   */
  collect(event: EventInput<E>): CollectOutcome {
    return this.#door.collect(event);
  }

  /** Collects each in order, and counts the outcomes. */
  collectBatch(events: Iterable<EventInput<E>>): Record<CollectOutcome, number> {
    const outcomes: Record<CollectOutcome, number> = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
    for (const event of events) outcomes[this.collect(event)] += 1;
    return outcomes;
  }

  /** As `collect`, but waits while a lane with `overflow: 'block'` is full; first come, first served. */
  collectAsync(event: EventInput<E>): Promise<CollectOutcome> {
    return this.#door.collectAsync(event);
  }

  /** `collect` in short: a type and its payload. */
  track<K extends E['type']>(
    type: K,
    ...data: undefined extends DataOf<E, K> ? [data?: DataOf<E, K>] : [data: DataOf<E, K>]
  ): CollectOutcome {
    return this.collect({ type, data: data[0] } as unknown as EventInput<E>);
  }

  /** As `events$.subscribe`, but an observer that throws is reported on `diagnostics$` and unsubscribed, and harms nobody. */
  subscribe(observer: Partial<Observer<E>> | ((event: E) => void)): Subscription {
    const { next, error, complete } = typeof observer === 'function' ? { next: observer } : bound(observer);
    let subscription: Subscription | undefined = undefined as Subscription | undefined;
    const guarded =
      <A extends unknown[]>(callback: ((...args: A) => void) | undefined) =>
      (...args: A): void => {
        try {
          callback?.(...args);
        } catch (thrown) {
          subscription?.unsubscribe();
          this.#accounts.diagnostics.threw('subscriber', thrown);
        }
      };
    subscription = this.events$.subscribe({ next: guarded(next), error: guarded(error), complete: guarded(complete) });
    return subscription;
  }

  /** The books, as they are now. */
  stats(): CollectorStats {
    return this.#accounts.ledger.snapshot(this.#seats.stats());
  }

  /** Metadata for every later event, merged into what was set before; `undefined` takes a key back. An event's own wins. */
  setMetadata(patch: EventMetadata): void {
    this.#intake.setMetadata(patch);
  }

  /**
   * Adds a sink, which gets every batch from now on, and what was held for want of one.
   *
   * @throws TypeError for what is no sink, or a lane option outside its range
   * @throws Error when the name is taken, or after shutdown
   */
  registerSink(sink: EventSink<E>, lane?: LanePatch): void {
    if (this.#door.isClosed) throw new Error('Expected a running collector, got one that is shut down');
    const seat = this.#seats.open(sink, lane, this.#config.queue.maxEvents);
    this.#turns.defer(() => {
      // What is open counts as processed already: it is nobody's, the new sink's neither.
      if (this.#outlet.processesAtOnce) this.#cut.next();
      this.#outlet.gainSink();
      seat.isJoined = true;
      this.#joins.next(seat);
      this.#outlet.early.open();
    }, this.#turns.depth);
  }

  /**
   * Lets a sink go: it still gets the open batch, has `timeoutMs` for what it holds, is flushed and closed once. What then remains is dropped
   * as `'unregistered'`. An unknown name changes nothing.
   */
  unregisterSink(name: string, options: WithTimeout = {}): Promise<FlushReport> {
    return this.#endings.unregister(name, timeoutOf(options));
  }

  /** Offers a dead letter's events to its sink again. False when there is nothing to offer, the sink is unknown, leaving or
   * without room, consent is denied, or the collector is closed. */
  redeliver(deadLetter: DeadLetter<E>): boolean {
    const { sink, batch } = (deadLetter as Partial<DeadLetter<E>> | undefined) ?? {};
    const seat = sink === undefined ? undefined : this.#seats.get(sink);
    if (seat === undefined || seat.isLeaving || this.#door.isClosed || this.#door.isDenied || this.#turns.depth >= MAX_CHAIN) return false;
    if (!Array.isArray(batch?.events) || batch.events.length === 0) return false;
    const { lane } = seat;
    const { length } = batch.events;
    if (lane.options.overflow === 'block' && lane.load + this.#accounts.ledger.awaitingBatch + length > lane.maxEvents) return false;
    lane.announce(length);
    this.#turns.defer(() => {
      lane.offer(batch, true);
    }, this.#turns.depth + 1);
    return true;
  }

  /**
   * Merges a patch into the configuration; `undefined` resets a key to its default. It holds from the next event on.
   *
   * @throws ConfigError with every fault; then nothing has changed
   */
  updateConfig(patch: ConfigPatch): void {
    const merged = mergePatch(this.#patch, patch);
    const config = resolveConfig(merged);
    this.#patch = merged;
    this.#config = config;
    this.#intake.configure(config);
    this.#turns.defer(() => {
      const { maxEvents } = config.queue;
      this.#limits.next(config.batch);
      for (const { lane, followsConfig } of this.#seats) if (followsConfig) lane.setMaxEvents(maxEvents);
      this.#accounts.loseBuffered(this.#outlet.early.trim(maxEvents), 'no_sink');
      this.#door.admitWaiting();
    }, this.#turns.depth);
  }

  /**
   * Cuts the open batch, and resolves when every event accepted before the call is settled by every lane. Never rejects; at the timeout it
   * reports `timedOut`, and what is pending stays pending. Calls join, and none waits for events later than itself.
   */
  flush(options: WithTimeout = {}): Promise<FlushReport> {
    return this.#endings.flush(timeoutOf(options));
  }

  /**
   * Refuses new events, delivers what it can before the deadline, flushes and closes every sink, and completes the observables. What is left
   * is dropped as `'shutdown'` and reported. Never rejects; a second call gets the same promise.
   */
  shutdown(options: WithTimeout = {}): Promise<FlushReport> {
    return this.#endings.shutdown(timeoutOf(options));
  }

  /** The end: every observable completes, and nothing is left that could fire. */
  #complete(): void {
    this.#door.stop();
    this.#outlet.complete();
    this.#joins.complete();
    this.#running.unsubscribe();
    this.#accounts.complete();
  }
}

function timeoutOf({ timeoutMs = DEFAULT_TIMEOUT_MS }: WithTimeout): number {
  checkOption('timeoutMs', timeoutMs, aDelay());
  return timeoutMs;
}

/** An observer's callbacks, which may be methods. */
function bound<E>(observer: Partial<Observer<E>>): Partial<Observer<E>> {
  return {
    next: (event) => observer.next?.(event),
    error: (error) => observer.error?.(error),
    complete: () => observer.complete?.(),
  };
}
