import type { Observable } from 'rxjs';
import type { Diagnostic } from '../../../lib/collector/diagnostics.js';
import { priorityRank } from '../../../lib/event/priority.js';
import type { AnalyticsEvent, EventBatch } from '../../../lib/event/event.js';
import type { Delivery } from '../../../lib/lane/delivery.js';
import { expectBalancedStats } from '../books.js';
import type { EventRecord } from './event-records.js';
import type { SinkRecord, Simulation } from './simulation.js';
import { idsOf } from './world.js';

/** Records everything that the collector emits, and checks it immediately where possible. */
export class StreamWatch {
  readonly #simulation: Simulation;
  /** Every event on `events$`, in order. */
  readonly published: EventRecord[] = [];
  readonly batches = new Map<string, EventBatch>();
  /** Every event of every batch, in order. */
  readonly batched: EventRecord[] = [];
  /** Losses reported on `diagnostics$`, by reason and sink. */
  readonly losses = new Map<string, number>();
  /** The streams that have not completed. */
  readonly running = new Set<string>();
  /** The greatest `maxCount` and `maxBytes` of this epoch: a batch may have been cut before the latest change. */
  limits = { maxCount: 0, maxBytes: 0 };
  failed = 0;
  #sequence = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  start(): void {
    const { collector } = this.#simulation.world;
    this.noteLimits(true);
    this.#watch('events$', collector.events$, this.#onEvent);
    this.#watch('batches$', collector.batches$, this.#onBatch);
    this.#watch('deliveries$', collector.deliveries$, this.#onDelivery);
    const { deadLetters$, diagnostics$, stats$ } = collector;
    if (deadLetters$ !== undefined)
      this.#watch('deadLetters$', deadLetters$, (letter) => {
        this.#simulation.deadLetters.push(letter);
      });
    if (diagnostics$ !== undefined) this.#watch('diagnostics$', diagnostics$, this.#onDiagnostic);
    if (stats$ !== undefined && this.#simulation.world.dice.chance(0.2)) this.#watch('stats$', stats$, expectBalancedStats);
  }

  /** Awake time at which the oldest event without a batch was published; unknown after a possible loss. */
  openSince(): number | undefined {
    return this.published.find(({ batched }) => batched === 0)?.seenAt?.awake;
  }

  noteLimits(isNewEpoch: boolean): void {
    const { maxCount, maxBytes } = this.#simulation.config.batch;
    const { limits } = this;
    this.limits = isNewEpoch
      ? { maxCount, maxBytes }
      : { maxCount: Math.max(limits.maxCount, maxCount), maxBytes: Math.max(limits.maxBytes, maxBytes) };
  }

  #watch<T>(name: string, stream$: Observable<T>, next: (value: T) => void): void {
    const { world, inside } = this.#simulation;
    this.running.add(name);
    stream$.subscribe({
      next: (value) => {
        next(value);
        inside(name);
      },
      error: (error: unknown) => {
        world.fail(`${name} failed: ${String(error)}`);
      },
      complete: () => {
        this.running.delete(name);
        if (name === 'diagnostics$') this.#simulation.closedBeforeEnd = world.collector.stats().eventsClosed;
        if (name === 'events$') this.#simulation.shutdownEndedAt ??= world.moment();
      },
    });
  }

  readonly #onEvent = (event: AnalyticsEvent): void => {
    const { world, records, shutdownEndedAt } = this.#simulation;
    world.note(() => `events$ ${event.id}`);
    const record = records.see(event);
    if (record === undefined) return;
    record.published += 1;
    this.published.push(record);
    world.check(record.published === 1, () => `${event.id} was published twice`);
    world.check(mayBePublished(record), () => `${event.id} (${record.fate}) was published`);
    world.check(event.sessionId === 'session', () => `${event.id} has the session ${String(event.sessionId)}`);
    world.check(shutdownEndedAt === undefined, () => `${event.id} was published after shutdown`);
  };

  readonly #onBatch = (batch: EventBatch): void => {
    const { world, records } = this.#simulation;
    const { id, sequence, events, reason, parentId } = batch;
    world.note(() => `batches$ ${id} #${String(sequence)} ${reason} ${idsOf(events)}`);
    world.count(`batch: ${reason}`);
    this.#sequence += 1;
    this.noteLimits(false);
    world.check(sequence === this.#sequence, () => `batch ${id} has the sequence ${String(sequence)}, not ${String(this.#sequence)}`);
    world.check(!this.batches.has(id), () => `the batch id ${id} arrives twice`);
    world.check(parentId === undefined, () => `batch ${id} was cut with a parent`);
    world.check(Object.isFrozen(events) && events.length > 0, () => `batch ${id} is empty or not frozen`);
    world.check(events.length <= this.limits.maxCount, () => `batch ${id} holds ${String(events.length)} events`);
    if (this.limits.maxBytes < Infinity) {
      const bytes = Buffer.byteLength(JSON.stringify(events));
      world.check(bytes <= this.limits.maxBytes, () => `batch ${id} has ${String(bytes)} bytes`);
    }
    if (reason === 'urgent') world.check(events.at(-1)?.priority === 'critical', () => `batch ${id} is not urgent`);
    world.check(
      !events.slice(0, -1).some(({ priority }) => priority === 'critical'),
      () => `batch ${id} was not cut at its critical event`,
    );
    this.batches.set(id, batch);
    const moment = world.moment();
    this.#simulation.move(moment);
    for (const event of events) {
      const record = records.see(event);
      if (record === undefined) continue;
      record.batched += 1;
      record.batchedAt ??= moment;
      record.sequence ??= sequence;
      this.batched.push(record);
      world.check(record.batched === 1, () => `${event.id} is in two batches`);
    }
  };

  readonly #onDelivery = (delivery: Delivery): void => {
    const { world, records, timeWatch } = this.#simulation;
    const { sink, batch, status, attempts } = delivery;
    const reason = status === 'dropped' ? ` as ${delivery.reason}` : status === 'failed' ? `: ${delivery.error.kind}` : '';
    world.note(() => `deliveries$ ${sink} ${batch.id} ${idsOf(batch.events)} ${status}${reason} after ${String(attempts)}`);
    world.count(`delivery: ${status}${status === 'dropped' ? ` ${delivery.reason}` : ''}`);
    if (status === 'failed') this.failed += 1;
    world.check(Object.isFrozen(batch.events) && batch.events.length > 0, () => `a delivery of ${batch.id} is empty or not frozen`);
    const sinkRecord = this.#simulation.presentSinks.find((each) => each.sink.name === sink);
    if (sinkRecord === undefined) {
      world.fail(`a delivery at ${sink}, which has no place`);
      return;
    }
    const moment = world.moment();
    for (const event of batch.events) {
      const record = records.see(event);
      if (record === undefined) continue;
      const ends = records.ends(record, sink);
      ends[status].push(moment);
      if (status === 'delivered') {
        world.check(ends.delivered.length <= ends.acknowledged, () => `${event.id} counts as delivered at ${sink}, which never said so`);
      }
    }
    sinkRecord.sink.movedAt = moment;
    timeWatch.checkElapsed(sinkRecord, delivery);
    if (status === 'dropped' && delivery.reason === 'overflow') this.#checkEviction(sinkRecord, batch);
  };

  /** No more events than necessary were evicted, none in flight, and none of a higher priority than a remaining one. */
  #checkEviction(sinkRecord: SinkRecord, { events }: EventBatch): void {
    const { world, records } = this.#simulation;
    const { sink, lane } = sinkRecord;
    const pending = world.collector.stats().sinks[sink.name]?.pending ?? 0;
    const inFlight = new Set(sink.open.flatMap((call) => call.batch.events.map(({ id }) => id)));
    world.check(
      pending >= this.#simulation.maxEventsOf(sinkRecord) || this.#simulation.isReconfigured,
      () => `${sink.name} evicted more than it had to`,
    );
    const queued: EventRecord[] = [];
    // What is stored when the collector is shut down may have left the lane, for the next life.
    const kept = this.#simulation.isClosed ? this.#simulation.keptAt(sink.name) : undefined;
    for (const record of this.batched) {
      const { batchedAt } = record;
      if (kept?.has(record.id) === true) continue;
      if (inFlight.has(record.id) || batchedAt === undefined || batchedAt.epoch <= sinkRecord.registeredAt.epoch) continue;
      if (sinkRecord.unregisteredAt !== undefined && sinkRecord.unregisteredAt.tick < batchedAt.tick) continue;
      const ends = records.ends(record, sink.name);
      if (ends.redelivered.length === 0 && ends.delivered.length + ends.failed.length + ends.dropped.length === 0) queued.push(record);
    }
    for (const { id } of events) {
      const evicted = records.get(id);
      if (evicted === undefined || records.ends(evicted, sink.name).redelivered.length > 0) continue;
      world.check(!inFlight.has(id), () => `${id} was evicted from ${sink.name} while in flight`);
      const rank = priorityRank(evicted.priority);
      for (const other of queued) {
        // Parts of one batch have no order if several may be in flight.
        if (lane.concurrency > 1 && other.sequence === evicted.sequence) continue;
        const isOlder = this.#placeOf(other) < this.#placeOf(evicted);
        if (lane.overflow === 'drop_lowest_priority') {
          const otherRank = priorityRank(other.priority);
          world.check(otherRank > rank || (otherRank === rank && !isOlder), () => `${sink.name} evicted ${id} and not ${other.id}`);
        } else {
          world.check(isOlder === (lane.overflow === 'drop_newest'), () => `${sink.name} evicted ${id} and not ${other.id}`);
        }
      }
    }
  }

  /** An event's place in the order of batches. */
  #placeOf(record: EventRecord): number {
    const place = this.batched.indexOf(record);
    return place < 0 ? Infinity : place;
  }

  readonly #onDiagnostic = (diagnostic: Diagnostic): void => {
    const { world, diagnostics, ends, sinkRecords } = this.#simulation;
    diagnostics.push(diagnostic);
    world.note(() => `diagnostics$ ${JSON.stringify({ ...diagnostic, at: undefined, error: undefined })}`);
    switch (diagnostic.type) {
      case 'loss': {
        const key = lossKey(diagnostic.reason, diagnostic.sink);
        this.losses.set(key, (this.losses.get(key) ?? 0) + diagnostic.count);
        break;
      }
      case 'callback_error':
        world.check(
          diagnostic.callback !== 'pipeline',
          () => `the pipeline threw ${String((diagnostic.error as Error | undefined)?.stack)}`,
        );
        break;
      case 'flush':
      case 'shutdown':
      case 'unregister': {
        const moment = world.moment();
        ends.set(diagnostic.report, moment);
        const { sinks } = world.collector.stats();
        for (const [name, { delivered, failed, dropped, pending }] of Object.entries(diagnostic.report.sinks)) {
          const lane = sinks[name];
          const isSame = lane?.delivered === delivered && lane.failed === failed && lane.dropped === dropped && lane.pending === pending;
          world.check(isSame, () => `the report of ${diagnostic.type} differs from the ledger of ${name}`);
        }
        if (diagnostic.type === 'shutdown') this.#simulation.shutdownEndedAt = moment;
        if (diagnostic.type === 'unregister') {
          const sinkRecord = sinkRecords.find(({ sink, goneAt }) => sink.name === diagnostic.sink && goneAt === undefined);
          if (sinkRecord !== undefined) sinkRecord.goneAt = moment;
        }
        break;
      }
      default:
    }
  };
}

/** Whether no callback of the simulation delayed it. */
function mayBePublished({ fate, priority }: EventRecord): boolean {
  const isExempt = priority === 'high' || priority === 'critical';
  return fate === 'plain' || fate === 'stage_filter' || fate === 'stage_throw' || (fate === 'sampler_throw' && isExempt);
}

export const lossKey = (reason: string, sink?: string): string => (sink === undefined ? reason : `${reason} at ${sink}`);
