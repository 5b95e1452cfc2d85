import type { CollectorContext, CollectorFeature } from '../collector/collector-context.js';
import type { CapacityPlace } from '../collector/admission.js';
import { BUILT_IN_POLICIES, kernelFeature, kernelOfContext, type Kernel } from '../collector/kernel.js';
import { hasCapacity, isBlockedByOpenBatch } from '../collector/sink-registry.js';
import type { AnalyticsEvent } from '../event/event.js';
import { Deque } from '../internal/deque.js';
import type { OverflowPolicy } from '../lane/lane-options.js';
import { PriorityQueue } from '../lane/priority-queue.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import { fillOnce } from './fill-once.js';

/** A policy for full lanes, made by `byPriority()` or `blocking()`. */
export interface OverflowPart {
  /** The policy's name in `lane.overflow`. */
  readonly policy: OverflowPolicy;
  /** Adds the policy to a collector. */
  readonly fill: <E extends AnalyticsEvent>(context: CollectorContext<E>) => void;
}

/**
 * Adds policies for full lanes to `drop_oldest` and `drop_newest`, which every collector has. The first becomes the default of all lanes;
 * `lane.overflow` chooses another one for a sink.
 *
 * @example
 * const collector = createCollector({ sinks: [new MemorySink()] }, withOverflow(blocking()));
 * expect(await collector.collectAsync({ type: 'a' })).to.equal('accepted');
 */
export function withOverflow<E extends AnalyticsEvent = AnalyticsEvent>(
  first: OverflowPart,
  ...others: readonly OverflowPart[]
): CollectorFeature<void, E> {
  return kernelFeature((kernel) => {
    fillOnce(kernel.overflowPolicies !== BUILT_IN_POLICIES, 'withOverflow');
    const parts = [first, ...others];
    for (const part of parts) part.fill(kernel);
    kernel.overflowPolicies = [...parts.map(({ policy }) => policy), ...kernel.overflowPolicies];
  });
}

/** `drop_lowest_priority`: drops queued events of the lowest priority first, and among these the oldest. */
export const byPriority = (): OverflowPart => ({
  policy: 'drop_lowest_priority',
  fill: <E extends AnalyticsEvent>(context: CollectorContext<E>) => {
    kernelOfContext(context).createPriorityQueue = () => new PriorityQueue();
  },
});

/** `block`: `collect` returns `'dropped'` while the lane is full, and `collectAsync` waits (FIFO). */
export const blocking = (): OverflowPart => ({
  policy: 'block',
  fill: <E extends AnalyticsEvent>(context: CollectorContext<E>) => {
    const kernel = kernelOfContext(context);
    kernel.createCapacity = () => new Capacity(kernel);
  },
});

/** A waiting `collectAsync` call. */
interface Waiting<E> {
  readonly event: E;
  /** The depth of the call in its chain of re-entrant calls, which continues after the wait. */
  readonly depth: number;
  readonly settle: (outcome: CollectOutcome) => void;
}

class Capacity<E extends AnalyticsEvent> implements CapacityPlace<E> {
  readonly #kernel: Kernel<E>;
  /** `collectAsync` calls waiting for capacity (FIFO); not in the ledger yet. */
  readonly #waiting = new Deque<Waiting<E>>();

  constructor(kernel: Kernel<E>) {
    this.#kernel = kernel;
  }

  hasCapacity(): boolean {
    return this.#kernel.sinks.blocking.length === 0 || (this.#waiting.length === 0 && this.#hasRoom());
  }

  reserve(count: number): void {
    for (const { lane, state } of this.#kernel.sinks.blocking) if (state === 'active') lane.reserve(count);
  }

  wait(event: E): Promise<CollectOutcome> {
    const { keepAlive, trampoline } = this.#kernel;
    const release = keepAlive.hold();
    const outcome = new Promise<CollectOutcome>((resolve) => {
      const settle = (settled: CollectOutcome): void => {
        release();
        resolve(settled);
      };
      this.#waiting.push({ event, depth: trampoline.depth, settle });
    });
    this.admitWaiting();
    return outcome;
  }

  admitWaiting(): void {
    if (this.#waiting.length === 0) return;
    const kernel = this.#kernel;
    const { trampoline, admission, sinks, recorder } = kernel;
    trampoline.defer(() => {
      while (this.#waiting.length > 0 && this.#hasRoom()) {
        const first = this.#waiting.shift();
        first?.settle(admission.accept(first.event, first.depth));
      }
      // If a lane is full only because of events in the open batch, the batch can't fill up any more: cut it now.
      trampoline.defer(
        () => {
          if (this.#waiting.length > 0 && isBlockedByOpenBatch(sinks, recorder.ledger.buffered)) kernel.cut();
        },
        this.#waiting.at(0)?.depth ?? 0,
      );
    }, 0);
  }

  dismiss(outcome: () => CollectOutcome): void {
    for (const { settle } of this.#waiting.drain()) settle(outcome());
  }

  #hasRoom(): boolean {
    const { sinks, recorder } = this.#kernel;
    return hasCapacity(sinks, recorder.ledger.buffered);
  }
}
