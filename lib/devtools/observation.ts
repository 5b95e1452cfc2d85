import { catchError, EMPTY, endWith, ignoreElements, interval, map, merge, shareReplay, startWith, takeUntil, tap } from 'rxjs';
import type { Observable, SchedulerLike } from 'rxjs';
import type { RunningCollector } from '../collector/collector-context.js';
import { kernelOf } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { WithDeadLetters } from '../features/with-dead-letters.js';
import type { WithDiagnostics } from '../features/with-diagnostics.js';
import type { WithPolicy } from '../features/with-policy.js';
import type { DeadLetter } from '../lane/delivery.js';
import { cut, messageOf } from './cut.js';
import { stateOf, type DevtoolsControl } from './controls.js';
import { Latest } from './latest.js';
import { noticeOf } from './notices.js';
import type { DevtoolsDeadLetter, DevtoolsLane, DevtoolsNotice, DevtoolsSnapshot, DevtoolsTable } from './protocol.js';
import { RecentEvents } from './recent-events.js';

/** A collector, with the members of those `EventCollector` features that it has. */
export type ObservedCollector<E extends AnalyticsEvent = AnalyticsEvent> = RunningCollector<E> &
  Partial<WithDeadLetters<E> & WithDiagnostics & WithPolicy>;

interface ObservationSettings {
  readonly title: string;
  readonly intervalMs: number;
  readonly maxEvents: number;
  readonly controls: readonly DevtoolsControl[];
  readonly tables$: Observable<readonly DevtoolsTable[]>;
  readonly scheduler: SchedulerLike;
}

/** Number of dead letters and of notices that are kept. */
const KEPT = 30;

/** Observes a collector while devtools are open: keeps its latest events, dead letters and diagnostics. */
export class Observation<E extends AnalyticsEvent> {
  /** Emits the state immediately, then every `intervalMs`, and once more when the collector has shut down. Can be subscribed to once. */
  readonly snapshots$: Observable<DevtoolsSnapshot>;
  readonly #collector: ObservedCollector<E>;
  readonly #settings: ObservationSettings;
  readonly #recent: RecentEvents;
  readonly #letters = new Latest<{ readonly letter: DeadLetter<E>; readonly at: number }>(KEPT);
  readonly #log = new Latest<Omit<DevtoolsNotice, 'id'>>(KEPT);

  #tables: readonly DevtoolsTable[] = [];

  constructor(collector: ObservedCollector<E>, settings: ObservationSettings) {
    this.#collector = collector;
    this.#settings = settings;
    this.#recent = new RecentEvents(settings.maxEvents);
    const { intervalMs, tables$, scheduler } = settings;
    const { events$, batches$, deliveries$, deadLetters$ = EMPTY, diagnostics$ = EMPTY } = collector;
    const observed$ = merge(
      events$.pipe(
        tap((event) => {
          this.#recent.add(event);
        }),
      ),
      batches$.pipe(
        tap((batch) => {
          this.#recent.batched(batch, this.#receivers());
        }),
      ),
      deliveries$.pipe(
        tap((delivery) => {
          this.#recent.settled(delivery);
        }),
      ),
      deadLetters$.pipe(
        tap((letter) => {
          this.#letters.add({ letter, at: scheduler.now() });
        }),
      ),
      diagnostics$.pipe(
        tap((diagnostic) => {
          this.#log.add({ at: diagnostic.at, ...noticeOf(diagnostic) });
        }),
      ),
      tables$.pipe(
        tap((tables) => {
          this.#tables = tables;
        }),
        catchError((error: unknown) => {
          this.#log.add({
            at: scheduler.now(),
            tone: 'bad',
            text: `tables$ failed: ${messageOf(error)}`,
          });
          return EMPTY;
        }),
      ),
    );
    /** Emits once, when the collector has shut down and there are no more tables. A later subscriber gets that value, too. */
    const end$ = observed$.pipe(ignoreElements(), endWith(undefined), shareReplay({ bufferSize: 1, refCount: true }));
    this.snapshots$ = merge(end$, interval(intervalMs, scheduler).pipe(startWith(undefined), takeUntil(end$))).pipe(
      map(() => this.#snapshot()),
    );
  }

  /** Offers a dead letter to its sink again, and removes it if the sink accepts it. */
  redeliver(id: number): string {
    const found = this.#letters.items.find((item) => item.id === id);
    if (found === undefined) throw new RangeError(`Expected a dead letter that is still kept, got ${String(id)}`);
    const { letter } = found;
    if (this.#collector.redeliver?.(letter) !== true) throw new Error(`${letter.sink} does not accept it now`);
    this.#letters.remove(id);
    return `${String(letter.batch.events.length)} offered to ${letter.sink} again`;
  }

  #snapshot(): DevtoolsSnapshot {
    const { title, controls, scheduler } = this.#settings;
    return {
      version: 1,
      title,
      at: scheduler.now(),
      stats: this.#collector.stats(),
      lanes: this.#lanes(),
      controls: controls.map(stateOf),
      events: this.#recent.latest(),
      deadLetters: this.#letters.items.map(letterOf),
      log: this.#log.items,
      tables: this.#tables,
    };
  }

  /** Names of the sinks that receive a batch emitted now. A sink that is being unregistered receives the batch that this cuts. */
  #receivers(): readonly string[] {
    const kernel = kernelOf(this.#collector);
    if (kernel === undefined) return Object.keys(this.#collector.stats().sinks);
    return kernel.sinks
      .all()
      .filter(({ state }) => state === 'active')
      .map(({ lane }) => lane.name);
  }

  #lanes(): Record<string, DevtoolsLane> {
    const sinks = kernelOf(this.#collector)?.sinks;
    return Object.fromEntries(
      sinks?.all().map(({ lane, state }) => {
        const { name, maxEvents, nextAttemptInMs } = lane;
        const isWaiting = nextAttemptInMs !== Infinity;
        return [
          name,
          {
            state: sinks.isPaused && state === 'active' ? 'paused' : state,
            maxEvents,
            ...(isWaiting && { nextAttemptInMs: Math.max(0, Math.round(nextAttemptInMs)) }),
          },
        ];
      }) ?? [],
    );
  }
}

function letterOf<E extends AnalyticsEvent>({
  id,
  at,
  letter: { sink, batch, attempts, error },
}: {
  readonly id: number;
  readonly at: number;
  readonly letter: DeadLetter<E>;
}): DevtoolsDeadLetter {
  const types = [...new Set(batch.events.map(({ type }) => cut(type)))].slice(0, MAX_TYPES);
  return { id, at, sink, events: batch.events.length, types, attempts, kind: error.kind, message: cut(error.message) };
}

const MAX_TYPES = 10;
