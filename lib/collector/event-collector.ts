import { asyncScheduler, filter, map, Subject, type Observable, type Observer, type Subscription } from 'rxjs';
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
import { openAccounts, type Accounts } from './accounts.js';
import { checkCollectorOptions } from './check-collector-options.js';
import type { CollectorOptions } from './collector-options.js';
import type { Diagnostic } from './diagnostics.js';
import type { FlushReport } from './flush-report.js';
import { openEndings, type Endings } from './endings.js';
import { MAX_CHAIN, openDoor, type FrontDoor } from './front-door.js';
import { openIntake, type Intake } from './intake.js';
import { setInternals } from './internals.js';
import { keepAlive } from './keep-alive.js';
import { openOutlet, type Outlet } from './outlet.js';
import type { Parts } from './parts.js';
import { pipeline } from './pipeline.js';
import { openSeats, type Seat, type Seats } from './seats.js';

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
  /** What differs from the defaults, as the user gave it. */
  #patch: ConfigPatch;
  #config: CollectorConfig;

  /**
   * @throws ConfigError with every fault of `config`
   * @throws TypeError for another option outside its range, and for one that there is not
   * @throws Error for two sinks of one name
   */
  constructor(options: CollectorOptions<E> = {}) {
    checkCollectorOptions(options);
    const { scheduler = backgroundScheduler, random = defaultRandom, sinks, stages = [], consent$, lane } = options;
    this.#patch = mergePatch({}, options.config);
    this.#config = resolveConfig(this.#patch);
    resolveLaneOptions(lane);
    const newId = safeIds(options.newId, () => scheduler.now());
    const accounts = openAccounts(stages.length > 0, scheduler);
    const turns = new Turns((error) => {
      accounts.threw('pipeline', error);
    }, accounts.changed);
    const parts: Parts = {
      accounts,
      turns,
      scheduler: inTurns(scheduler, turns),
      awake$: keepAlive(options.scheduler ?? asyncScheduler),
      random,
      newId,
      maxHeld: () => this.#config.queue.maxEvents,
      cut: () => {
        this.#cut.next();
      },
    };
    const sessionId = options.sessionId ?? newId();
    const seats = openSeats<E>(parts, lane);
    const intake = openIntake<E>({ options, accounts, random, scheduler, sessionId, config: this.#config });
    const outlet = openOutlet<E>({ ...parts, stages, holdsEarlyEvents: sinks === undefined, isDenied: () => door.isDenied() });
    const door: FrontDoor<E> = openDoor<E>({ ...parts, intake, outlet, seats });

    const { batches$, deliveries$ } = pipeline<E>({
      events: outlet.events,
      untilSink: outlet.untilSink,
      batching: {
        ...this.#config.batch,
        urgent: ({ priority }) => priority === 'critical',
        flushWhen: this.#cut,
        limits$: this.#limits,
        sizeOf: intake.sizeOf,
        scheduler: parts.scheduler,
        newId,
        onReject: (_event, reason, error) => {
          outlet.loseUnbatched(reason === 'too_large' ? reason : 'stage_error', error);
        },
      },
      onBatch: (batch) => {
        outlet.bookBatch(batch);
        seats.announce(batch.events.length);
      },
      sinks$: this.#joins,
    });
    this.sessionId = sessionId;
    this.events$ = outlet.events.asObservable();
    this.batches$ = batches$;
    this.deliveries$ = deliveries$;
    this.deadLetters$ = deliveries$.pipe(
      filter((delivery) => delivery.status === 'failed'),
      map(({ sink, batch, error, attempts }) => ({ sink, batch, error, attempts })),
    );
    this.diagnostics$ = accounts.diagnostics$;
    this.stats$ = accounts.watch(() => this.stats());
    // Keeps the pipeline running, whoever else watches it.
    const running = deliveries$.subscribe((delivery) => {
      accounts.delivered(delivery);
      door.admitWaiting();
    });
    running.add(batches$.subscribe());
    // The end: every observable completes, and nothing is left that could fire.
    const complete = (): void => {
      door.stop();
      outlet.complete();
      this.#joins.complete();
      running.unsubscribe();
      accounts.complete();
    };
    this.#accounts = accounts;
    this.#turns = turns;
    this.#seats = seats;
    this.#intake = intake;
    this.#outlet = outlet;
    this.#door = door;
    this.#endings = openEndings<E>({ ...parts, door, outlet, seats, complete });
    setInternals(this, { options, accounts, intake, door, outlet, seats });
    if (typeof (Symbol as Partial<SymbolConstructor>).asyncDispose === 'symbol') {
      Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.shutdown() });
    }
    for (const sink of sinks ?? []) this.registerSink(sink);
    if (consent$ !== undefined) door.heed(consent$);
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
    const target = typeof observer === 'function' ? { next: observer } : observer;
    let subscription: Subscription | undefined = undefined as Subscription | undefined;
    const guarded = (call: (event: E) => void) => (event: E | void) => {
      try {
        call(event as E);
      } catch (thrown) {
        subscription?.unsubscribe();
        this.#accounts.threw('subscriber', thrown);
      }
    };
    subscription = this.events$.subscribe({ next: guarded((event) => target.next?.(event)), complete: guarded(() => target.complete?.()) });
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
    if (this.#door.isClosed()) throw new Error('Expected a running collector, got one that is shut down');
    const seat = this.#seats.open(sink, lane, this.#config.queue.maxEvents);
    this.#turns.defer(() => {
      // What is open counts as processed already: it is nobody's, the new sink's neither.
      if (this.#outlet.processesAtOnce()) this.#cut.next();
      seat.takesBatches = true;
      this.#joins.next(seat);
      this.#outlet.gainSink();
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
    const seat = this.#seats.all.get(sink ?? '');
    if (seat === undefined || seat.isLeaving || this.#door.isClosed() || this.#door.isDenied() || this.#turns.depth >= MAX_CHAIN)
      return false;
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
      for (const { lane, followsConfig } of this.#seats.all.values()) if (followsConfig) lane.setMaxEvents(maxEvents);
      this.#outlet.trimEarly(maxEvents, 'no_sink');
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
}

function timeoutOf({ timeoutMs = DEFAULT_TIMEOUT_MS }: WithTimeout): number {
  checkOption('timeoutMs', timeoutMs, aDelay());
  return timeoutMs;
}
