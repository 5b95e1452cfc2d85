import { defer, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler, checkArgument } from '../internal/check-option.js';
import { defaultRandom, safeRandom } from '../internal/default-random.js';
import { optionsOf } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import { Breaker } from '../lane/breaker.js';
import type { Delivery } from '../lane/delivery.js';
import { breakerRow, DROPPING_POLICIES, laneRows, type LaneOptions, type LanePatch } from '../lane/lane-options.js';
import { createLane } from '../lane/lane-store.js';
import { PauseClock } from '../lane/pause-clock.js';
import { PriorityQueue } from '../lane/priority-queue.js';
import { throughLane } from '../lane/through-lane.js';
import { LaneLedger } from '../ledger/lane-ledger.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';

/** The options of a lane, and its clock, randomness and ids. */
export type DeliverOptions = LanePatch & {
  /** Clock and timers. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Source of the jitter, uniform in [0, 1). @default the runtime's random generator */
  readonly random?: (() => number) | undefined;
  /** Ids of batches whose content changed after an attempt. @default UUID v7 */
  readonly newId?: (() => string) | undefined;
};

/** @inline */
type Tools = Pick<DeliverOptions, 'scheduler' | 'random' | 'newId'>;

const OPTIONS = /* @__PURE__ */ optionsOf<LaneOptions & Tools, 'newId'>(() => ({
  ...laneRows(DROPPING_POLICIES),
  breaker: breakerRow(),
  scheduler: [aScheduler, backgroundScheduler],
  random: [aFunction, defaultRandom],
  newId: [aFunction],
}));

/**
 * Sends batches to a sink through a bounded lane with timeout, retry and breaker, and emits the outcome of each.
 *
 * ```
 * batches  --A----B-------------|
 *          deliver(sink)                   the first attempt at B fails, the second succeeds
 * result   ---A------------B----|          A, B: { status: 'delivered', … }
 * ```
 *
 * Every event of every batch is in exactly one delivery: `delivered`, `failed` or `dropped`. A failing sink doesn't fail the stream. When the source
 * completes or errors, the result does the same once everything is settled. Unsubscribing aborts attempts in flight and drops all events. The sink's
 * `flush` and `close` are not called: call them yourself.
 *
 * @throws TypeError for an invalid sink, for an invalid or unknown option, and for `overflow: 'block'`, which needs a collector
 * @example
 * const sink = new MemorySink<string>();
 * const statuses: string[] = [];
 * of('a', 'b', 'c').pipe(batch({ maxCount: 2 }), deliver(sink)).subscribe(({ status }) => statuses.push(status));
 * expect(statuses).to.deep.equal(['delivered', 'delivered']);
 * expect(sink.events).to.deep.equal(['a', 'b', 'c']);
 */
export function deliver<E = AnalyticsEvent>(
  sink: EventSink<E>,
  options: DeliverOptions = {},
): OperatorFunction<EventBatch<E>, Delivery<E>> {
  checkArgument('sink', sink, aSink);
  const { scheduler, random, newId, ...lane } = OPTIONS.parse(options);
  const ids = safeIds(newId, () => scheduler.now());
  return (batches$) =>
    defer(() => {
      const elapsed = steadyClock(() => scheduler.now());
      return batches$.pipe(
        throughLane(
          createLane<E>(sink, lane, {
            scheduler,
            elapsed,
            pauseClock: new PauseClock(elapsed),
            random: safeRandom(random),
            newId: ids,
            ledger: new LaneLedger(),
            enter: immediately,
            createBreaker: (given, onChange) => new Breaker(given, onChange),
            createPriorityQueue: () => new PriorityQueue(),
          }),
        ),
      );
    });
}

function immediately(work: () => void): void {
  work();
}
