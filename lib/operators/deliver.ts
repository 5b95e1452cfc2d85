import { defer, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler, checkArgument, oneOf } from '../internal/check-option.js';
import { defaultRandom, safeRandom } from '../internal/default-random.js';
import { optionsOf } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import { Breaker } from '../lane/breaker.js';
import type { Delivery } from '../lane/delivery.js';
import { Lane } from '../lane/lane.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import { PauseClock } from '../lane/pause-clock.js';
import { PriorityQueue } from '../lane/priority-queue.js';
import { throughLane } from '../lane/through-lane.js';
import { LaneLedger } from '../ledger/lane-ledger.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';

/** A lane's options, and where it takes time, randomness and ids from. */
export type DeliverOptions = LanePatch & {
  /** Clock and timers. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** For the jitter. @default the runtime's own */
  readonly random?: (() => number) | undefined;
  /** Ids of batches whose content changed after an attempt. @default UUID v7 */
  readonly newId?: (() => string) | undefined;
};

/** @inline */
type Tools = Pick<DeliverOptions, 'scheduler' | 'random' | 'newId'>;

const TOOLS = /* @__PURE__ */ optionsOf<Tools, keyof Tools>(() => ({
  scheduler: [aScheduler],
  random: [aFunction],
  newId: [aFunction],
}));

/**
 * Sends batches to a sink through a bounded lane with timeout, retry and breaker, and emits how each one ended.
 *
 * ```
 * batches  --A----B-------------|
 *          deliver(sink)                   the first attempt at B fails, the second succeeds
 * result   ---A------------B----|          A, B: { status: 'delivered', … }
 * ```
 *
 * Every event of every batch comes out in exactly one delivery: `delivered`, `failed` or `dropped`. A failing sink is no error of the
 * stream. When the source completes, the result completes once everything is settled; when it errors, likewise, and then the error passes.
 * Unsubscribing aborts what is in flight and lets go of the rest. The sink's `flush` and `close` stay the caller's.
 *
 * @throws TypeError for an option outside its range, and for `overflow: 'block'`, which needs a collector to refuse events at its door
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
  const { scheduler = backgroundScheduler, random = defaultRandom, newId, ...patch } = options;
  checkArgument('sink', sink, aSink);
  const tools = TOOLS.parse({ scheduler, random, newId });
  const lane = resolveLaneOptions(patch);
  checkArgument('overflow', lane.overflow, oneOf(['drop_lowest_priority', 'drop_oldest', 'drop_newest']));
  const ids = safeIds(tools.newId, () => scheduler.now());
  return (batches$) =>
    defer(() => {
      const elapsed = steadyClock(() => scheduler.now());
      return batches$.pipe(
        throughLane(
          new Lane<E>(sink, lane, {
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
