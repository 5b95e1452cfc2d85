import { filter, map, type Observable, type Observer, type Subscription } from 'rxjs';
import type { CollectorConfig, ConfigPatch } from '../config/options.js';
import { batchOf } from '../event/batch-of.js';
import type { AnalyticsEvent, DataOf, EventBatch, EventInput, EventMetadata } from '../event/event.js';
import { tryGet } from '../internal/try-get.js';
import { aDelay, checkArgument, isObject } from '../internal/check-option.js';
import type { DeadLetter, Delivery } from '../lane/delivery.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { CollectorStats, CollectOutcome } from '../ledger/ledger.js';
import type { EventSink } from '../sink/sink.js';
import { assemble, type Rooms } from './assemble.js';
import type { CollectorOptions } from './collector-options.js';
import type { Diagnostic } from './diagnostics.js';
import type { FlushReport } from './flush-report.js';
import { MAX_CHAIN } from './admission.js';
import { setInternals } from './internals.js';

export interface FlushOptions {
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
 * It is the pipeline of `pipeline.ts`, assembled, with a front admission, the sinks' seats and the ledger.
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

  readonly #rooms: Rooms<E>;
  /** One of the rooms, at hand for every event. */
  readonly #admission: Rooms<E>['admission'];

  /**
   * @throws ConfigError with every fault of `config`
   * @throws TypeError for another option outside its range, and for one that there is not
   * @throws Error for two sinks of one name
   */
  constructor(options: CollectorOptions<E> = {}) {
    const rooms = (this.#rooms = assemble(options));
    const { recorder, admission, publisher, batches$, deliveries$ } = rooms;
    this.#admission = admission;
    this.sessionId = rooms.sessionId;
    this.events$ = publisher.events.asObservable();
    this.batches$ = batches$;
    this.deliveries$ = deliveries$;
    this.deadLetters$ = deliveries$.pipe(
      filter((delivery) => delivery.status === 'failed'),
      map(({ sink, batch, error, attempts }) => ({ sink, batch, error, attempts })),
    );
    this.diagnostics$ = recorder.diagnostics$;
    this.stats$ = recorder.watch(() => this.stats());
    setInternals(this, { options, ...rooms });
    if (typeof (Symbol as Partial<SymbolConstructor>).asyncDispose === 'symbol') {
      Object.defineProperty(this, Symbol.asyncDispose, { value: () => this.shutdown() });
    }
    for (const sink of options.sinks ?? []) this.registerSink(sink);
    if (options.consent$ !== undefined) admission.follow(options.consent$);
    publisher.start();
  }

  get config(): CollectorConfig {
    return this.#rooms.config();
  }

  /**
   * Takes an event in, and says what became of it. Never throws, never blocks.
   *
   * `'accepted'` means buffered; what is lost later shows in `stats()` and on `diagnostics$`.
   */
  collect(event: EventInput<E>): CollectOutcome {
    return this.#admission.collect(event);
  }

  /** Collects each in order, and counts the outcomes. */
  collectBatch(events: Iterable<EventInput<E>>): Record<CollectOutcome, number> {
    const outcomes: Record<CollectOutcome, number> = { accepted: 0, filtered: 0, sampled: 0, dropped: 0, invalid: 0, closed: 0 };
    for (const event of events) outcomes[this.collect(event)] += 1;
    return outcomes;
  }

  /** As `collect`, but waits while a lane with `overflow: 'block'` is full; first come, first served. */
  collectAsync(event: EventInput<E>): Promise<CollectOutcome> {
    return this.#admission.collectAsync(event);
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
        this.#rooms.recorder.threw('subscriber', thrown);
      }
    };
    subscription = this.events$.subscribe({ next: guarded((event) => target.next?.(event)), complete: guarded(() => target.complete?.()) });
    return subscription;
  }

  /** The books, as they are now. */
  stats(): CollectorStats {
    return this.#rooms.recorder.ledger.snapshot(this.#rooms.seats.stats());
  }

  /** Metadata for every later event, merged into what was set before; `undefined` takes a key back. An event's own wins. */
  setMetadata(patch: EventMetadata): void {
    this.#rooms.processor.setMetadata(patch);
  }

  /**
   * Adds a sink, which gets every batch from now on, and what was held for want of one.
   *
   * @throws TypeError for what is no sink, or a lane option outside its range
   * @throws Error when the name is taken, or after shutdown
   */
  registerSink(sink: EventSink<E>, lane?: LanePatch): void {
    this.#rooms.register(sink, lane);
  }

  /**
   * Lets a sink go: it still gets the open batch, has `timeoutMs` for what it holds, is flushed and closed once. What then remains is dropped
   * as `'unregistered'`. An unknown name changes nothing.
   */
  unregisterSink(name: string, options: FlushOptions = {}): Promise<FlushReport> {
    return this.#rooms.lifecycle.unregister(name, timeoutOf(options));
  }

  /** Offers a dead letter's events to its sink again. False when there is nothing to offer, the sink is unknown, leaving or
   * without room, consent is denied, or the collector is closed. */
  redeliver(deadLetter: DeadLetter<E>): boolean {
    const batch = readBatch(deadLetter);
    const { recorder, admission, seats, trampoline } = this.#rooms;
    const seat = batch && seats.all.get(deadLetter.sink);
    if (
      batch === undefined ||
      seat === undefined ||
      seat.isLeaving ||
      admission.isClosed ||
      admission.isDenied ||
      trampoline.depth >= MAX_CHAIN
    )
      return false;
    const { lane } = seat;
    const { length } = batch.events;
    if (lane.options.overflow === 'block' && lane.load + recorder.ledger.awaitingBatch + length > lane.maxEvents) return false;
    lane.reserve(length);
    trampoline.defer(() => {
      lane.offer(batch, true);
    }, trampoline.depth + 1);
    return true;
  }

  /**
   * Merges a patch into the configuration; `undefined` resets a key to its default. It holds from the next event on.
   *
   * @throws ConfigError with every fault; then nothing has changed
   */
  updateConfig(patch: ConfigPatch): void {
    this.#rooms.updateConfig(patch);
  }

  /**
   * Cuts the open batch, and resolves when every event accepted before the call is settled by every lane. Never rejects; at the timeout it
   * reports `timedOut`, and what is pending stays pending. Calls join, and none waits for events later than itself.
   */
  flush(options: FlushOptions = {}): Promise<FlushReport> {
    return this.#rooms.lifecycle.flush(timeoutOf(options));
  }

  /**
   * Refuses new events, delivers what it can before the deadline, flushes and closes every sink, and completes the observables. What is left
   * is dropped as `'shutdown'` and reported. Never rejects; a second call gets the same promise.
   */
  shutdown(options: FlushOptions = {}): Promise<FlushReport> {
    return this.#rooms.lifecycle.shutdown(timeoutOf(options));
  }
}

/** A dead letter may come back from anywhere, in any state: its batch, with a list of its own; `undefined` where that holds no events, or something else. */
function readBatch<E>(deadLetter: DeadLetter<E>): EventBatch<E> | undefined {
  return tryGet(() => {
    const { batch } = deadLetter;
    const events: readonly E[] = Array.isArray(batch.events) ? [...(batch.events as readonly E[])] : [];
    return events.length > 0 && events.every((event) => isObject(event)) ? batchOf({ ...batch, events }) : undefined;
  });
}

function timeoutOf({ timeoutMs = DEFAULT_TIMEOUT_MS }: FlushOptions): number {
  checkArgument('timeoutMs', timeoutMs, aDelay());
  return timeoutMs;
}
