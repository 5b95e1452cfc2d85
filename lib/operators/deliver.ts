import { defer, type OperatorFunction, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { safeIds } from '../event/safe-ids.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler, checkArgument, oneOf } from '../internal/check-option.js';
import { defaultRandom, safeRandom } from '../internal/default-random.js';
import { operate } from '../internal/operate.js';
import type { Delivery } from '../lane/delivery.js';
import { createLane } from '../lane/create-lane.js';
import type { Lane } from '../lane/lane.js';
import { resolveLaneOptions, type LanePatch } from '../lane/lane-options.js';
import { LaneBooks } from '../ledger/lane-books.js';
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
  checkArgument('scheduler', scheduler, aScheduler);
  checkArgument('random', random, aFunction);
  const ids = safeIds(newId, () => scheduler.now());
  const lane = resolveLaneOptions(patch);
  checkArgument('overflow', lane.overflow, oneOf(['drop_lowest_priority', 'drop_oldest', 'drop_newest']));
  return (batches$) =>
    defer(() =>
      batches$.pipe(
        throughLane(
          createLane<E>(sink, lane, {
            scheduler,
            random: safeRandom(random),
            newId: ids,
            books: new LaneBooks(),
            enter: atOnce,
          }),
        ),
      ),
    );
}

/** A lane as an operator: batches go in, deliveries come out. */
export function throughLane<E>(lane: Lane<E>): OperatorFunction<EventBatch<E>, Delivery<E>> {
  return operate<EventBatch<E>, Delivery<E>>((destination) => {
    const onceSettled = (end: () => void): void => {
      destination.add(lane.settled().subscribe({ complete: end }));
    };
    destination.add(
      lane.deliveries$.subscribe((delivery) => {
        destination.next(delivery);
      }),
    );
    destination.add(() => {
      lane.stop('unregistered');
    });
    return {
      next: (batch) => {
        // Whoever is told to abort may still hand one in.
        if (!destination.closed) lane.offer(batch);
      },
      error: (error) => {
        onceSettled(() => {
          destination.error(error);
        });
      },
      complete: () => {
        onceSettled(() => {
          destination.complete();
        });
      },
    };
  });
}

function atOnce(work: () => void): void {
  work();
}
