import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature, type Kernel } from '../collector/kernel.js';
import type { FollowEvent, SettlementListener, SettlementPlace } from '../collector/recorder.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import { fillOnce } from './fill-once.js';
import type { Settlement, SinkOutcome } from './settlement.js';

export interface TrackOptions {
  /**
   * What the promise waits for at each sink. `'settled'`: the event's final outcome. `'stored'`: the event is in the store of the sink's durable
   * lane, and survives the end of the process; a sink without a store counts as with `'settled'`. @default 'settled'
   */
  readonly until?: 'settled' | 'stored' | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<TrackOptions>(() => ({ until: [oneOf(['settled', 'stored']), 'settled'] }));

/** The member that `withSettlements` adds. */
export interface WithSettlements<E extends AnalyticsEvent = AnalyticsEvent> {
  /**
   * Like `collectAsync`, but resolves with the event's final outcome: when every sink has delivered, failed or dropped it, or when it was lost
   * earlier. Each event settles once, at the latest at the end of `shutdown`. Rejects only for invalid options: then nothing is collected.
   *
   * A `redeliver` after a failure does not change the settlement.
   */
  collectTracked(event: EventInput<E>, options?: TrackOptions): Promise<Settlement>;
}

/**
 * Adds `collectTracked`. Events collected by other methods don't become slower.
 *
 * ```
 * collectTracked   a---------b---------
 * sink 1           --a✓---------b✗-----        ✓ delivered, ✗ failed permanently
 * sink 2           ----a✓--------------        its lane drops b at the end of shutdown
 * settlements      ----A--------------B        A = { outcome: 'accepted', sinks: { 1: 'delivered', 2: 'delivered' } }
 * ```
 *
 * An event is recognized by its object, through enrichers and redaction, too. Inside the user's stages it is recognized by its object or its `id`; if
 * the stages emit neither, the event settles without sinks when it is garbage-collected, and at the latest when the collector ends. A stage should
 * not hold copies instead of the events: the original may be garbage-collected before its copy is emitted.
 *
 * @example
 * const collector = createCollector({ sinks: [new MemorySink()] }, withSettlements());
 * const settled = collector.collectTracked({ type: 'order_placed' });
 * await collector.flush();
 * expect(await settled).to.deep.equal({ outcome: 'accepted', sinks: { memory: 'delivered' } });
 */
export function withSettlements<E extends AnalyticsEvent = AnalyticsEvent>(): CollectorFeature<WithSettlements<E>, E> {
  return kernelFeature((kernel) => {
    fillOnce(kernel.recorder.settlements !== undefined, 'withSettlements');
    const settlements = new Settlements(kernel);
    kernel.recorder.settlements = settlements;
    kernel.onComplete(() => {
      settlements.endAll();
    });
    const collectTracked: WithSettlements<E>['collectTracked'] = (event, options) => settlements.collect(event, options);
    settlements.method = collectTracked;
    return { collectTracked };
  });
}

/** An event that has not settled. */
class Tracked {
  /** The object that currently represents the event. `undefined` inside stages. */
  event: unknown;
  /** The event's id inside stages. */
  stagedId: unknown;
  isStaged = false;
  /** Sinks that have received the event but not settled it. An array, since there are few sinks. */
  readonly open: string[] = [];
  /** Objects that represent the event in single lanes, which have read it back from their store. */
  copies: unknown[] | undefined;
  readonly sinks: Record<string, SinkOutcome> = {};
  /** Whether all sinks have received the event. */
  isFannedOut = false;
  outcome: CollectOutcome | undefined;
  lost: DropReason | undefined;
  isOver = false;
  /** `collectAsync` would have resolved, but the event has no final outcome yet: the process is kept alive. */
  isAwaited = false;
  readonly untilStored: boolean;
  #listener: SettlementListener | undefined;

  constructor(untilStored: boolean, listener: SettlementListener) {
    this.untilStored = untilStored;
    this.#listener = listener;
  }

  /** Settles once the event has its final outcome and `collectAsync` would have resolved. */
  settle(): void {
    const { outcome, sinks, lost } = this;
    if (!this.isOver || outcome === undefined) return;
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onSettled(lost === undefined ? { outcome, sinks } : { outcome, sinks, lost });
  }
}

class Settlements<E extends AnalyticsEvent> implements SettlementPlace {
  method: unknown;
  readonly #kernel: Kernel<E>;
  readonly #tracked = new Map<unknown, Tracked>();
  #storeAwaited = 0;
  #awaited = 0;
  /** Stops keeping the process alive. */
  #release: (() => void) | undefined;
  // Inside stages an event is referenced weakly: when it is garbage-collected, no stage can emit it any more.
  readonly #stagedByObject = new WeakMap<object, Tracked>();
  readonly #stagedById = new Map<unknown, Set<Tracked>>();
  readonly #garbage: FinalizationRegistry<Tracked> | undefined;

  constructor(kernel: Kernel<E>) {
    this.#kernel = kernel;
    if (typeof FinalizationRegistry === 'function') {
      this.#garbage = new FinalizationRegistry((tracked) => {
        kernel.trampoline.enter(() => {
          if (tracked.isStaged) this.#end(tracked);
        });
      });
    }
  }

  collect(input: EventInput<E>, options: TrackOptions | undefined): Promise<Settlement> {
    return new Promise((onSettled) => {
      const untilStored = options !== undefined && OPTIONS.parse(options).until === 'stored';
      this.#collect(input, new Tracked(untilStored, { onSettled }));
    });
  }

  readonly follow: FollowEvent = (input, listener) => {
    this.#collect(input, new Tracked(false, listener));
  };

  #collect(input: EventInput, tracked: Tracked): void {
    const { admission, recorder } = this.#kernel;
    if (tracked.untilStored) this.#storeAwaited += 1;
    const outcome = admission.offer(input, (event) => this.#follow(tracked, event));
    const { rejection } = recorder;
    if (typeof outcome === 'string') this.#answer(tracked, outcome, rejection);
    else
      void outcome.then((later) => {
        this.#answer(tracked, later);
      });
  }

  replace<T>(event: T, by: T): T {
    const tracked = this.#tracked.get(event);
    return tracked === undefined ? by : this.#follow(tracked, by);
  }

  reject(event: unknown, reason: RejectReason): void {
    // If a stage fails, the event is inside the stages.
    const tracked = this.#tracked.get(event) ?? this.#stagedByObject.get(event as object);
    if (tracked === undefined) return;
    if (reason === 'filtered' || reason === 'sampled' || reason === 'invalid') tracked.outcome = reason;
    else tracked.lost = reason;
    this.#end(tracked);
  }

  enterStages(event: object & { readonly id?: unknown }): void {
    const tracked = this.#tracked.get(event);
    if (tracked === undefined) return;
    const { id } = event;
    this.#tracked.delete(event);
    tracked.event = undefined;
    tracked.stagedId = id;
    tracked.isStaged = true;
    this.#stagedByObject.set(event, tracked);
    const others = this.#stagedById.get(id);
    if (others === undefined) this.#stagedById.set(id, new Set([tracked]));
    else others.add(tracked);
    this.#garbage?.register(event, tracked, tracked);
  }

  leaveStages<T extends object>(event: T): T {
    if (this.#stagedById.size === 0) return event;
    const tracked = this.#stagedByObject.get(event) ?? this.#firstById(event);
    if (tracked?.isStaged !== true) return event;
    this.#forgetStaged(tracked);
    return this.#follow(tracked, event);
  }

  offer(sink: string, events: readonly unknown[]): void {
    if (this.#tracked.size === 0) return;
    for (const event of events) {
      const open = this.#tracked.get(event)?.open;
      if (open?.includes(sink) === false) open.push(sink);
    }
  }

  settle(sink: string, events: readonly unknown[], status: SinkOutcome): void {
    if (this.#tracked.size === 0) return;
    for (const event of events) {
      const tracked = this.#tracked.get(event);
      if (tracked !== undefined) this.#settleAt(sink, tracked, status);
    }
  }

  get isStoreAwaited(): boolean {
    return this.#storeAwaited > 0;
  }

  store(sink: string, events: readonly unknown[]): void {
    for (const event of events) {
      const tracked = this.#tracked.get(event);
      if (tracked?.untilStored) this.#settleAt(sink, tracked, 'stored');
    }
  }

  has(events: readonly unknown[]): boolean {
    return this.#tracked.size > 0 && events.some((event) => this.#tracked.has(event));
  }

  readBack(event: unknown, as: unknown): void {
    const tracked = this.#tracked.get(event);
    if (tracked === undefined) return;
    (tracked.copies ??= []).push(as);
    this.#tracked.set(as, tracked);
  }

  fanOut(events: readonly unknown[]): void {
    if (this.#tracked.size === 0) return;
    for (const event of events) {
      const tracked = this.#tracked.get(event);
      if (tracked === undefined) continue;
      tracked.isFannedOut = true;
      if (tracked.open.length === 0) this.#end(tracked);
    }
  }

  endAll(): void {
    for (const tracked of this.#tracked.values()) this.#end(tracked);
    for (const staged of this.#stagedById.values()) for (const tracked of staged) this.#end(tracked);
  }

  #settleAt(sink: string, tracked: Tracked, outcome: SinkOutcome): void {
    // A redelivered event has settled already.
    const { open } = tracked;
    const index = open.indexOf(sink);
    if (index === -1) return;
    // Replace it by the last one: the order doesn't matter, and `splice` would allocate an array.
    const last = open.pop();
    if (last !== undefined && last !== sink) open[index] = last;
    tracked.sinks[sink] = outcome;
    if (tracked.isFannedOut && tracked.open.length === 0) this.#end(tracked);
  }

  /** Makes another object represent the event. It may be a copy, since an enricher or a stage can return the same object for several events. */
  #follow<T>(tracked: Tracked, event: T): T {
    if (event === tracked.event) return event;
    const isFirst = tracked.event === undefined;
    this.#tracked.delete(tracked.event);
    let own = event;
    try {
      if (!isFirst || this.#tracked.has(event)) own = { ...event };
    } catch {
      // An event with an unreadable property will fail when it is encoded.
    }
    tracked.event = own;
    this.#tracked.set(own, tracked);
    return own;
  }

  #firstById(event: object & { readonly id?: unknown }): Tracked | undefined {
    try {
      return this.#stagedById.get(event.id)?.values().next().value;
    } catch {
      return undefined;
    }
  }

  #forgetStaged(tracked: Tracked): void {
    const { stagedId } = tracked;
    const staged = this.#stagedById.get(stagedId);
    staged?.delete(tracked);
    if (staged?.size === 0) this.#stagedById.delete(stagedId);
    tracked.stagedId = undefined;
    tracked.isStaged = false;
    this.#garbage?.unregister(tracked);
  }

  #answer(tracked: Tracked, outcome: CollectOutcome, rejection?: RejectReason): void {
    tracked.outcome ??= outcome;
    if (outcome === 'dropped') tracked.lost ??= rejection as DropReason;
    if (outcome !== 'accepted') this.#end(tracked);
    if (!tracked.isOver) {
      // The process must not end before the settlement, which may depend on background timers only.
      tracked.isAwaited = true;
      this.#awaited += 1;
      this.#release ??= this.#kernel.keepAlive.hold();
    }
    tracked.settle();
  }

  #end(tracked: Tracked): void {
    if (tracked.isOver) return;
    tracked.isOver = true;
    if (tracked.untilStored) this.#storeAwaited -= 1;
    if (tracked.isAwaited) this.#awaited -= 1;
    if (this.#awaited === 0) {
      this.#release?.();
      this.#release = undefined;
    }
    if (tracked.isStaged) this.#forgetStaged(tracked);
    this.#tracked.delete(tracked.event);
    for (const copy of tracked.copies ?? []) this.#tracked.delete(copy);
    tracked.settle();
  }
}
