import { DROP_REASONS } from '../../../lib/ledger/drop-reason.js';
import type { CollectOutcome } from '../../../lib/ledger/ledger.js';
import type { EventRecord } from './event-records.js';
import { isSubsequence } from './process-watch.js';
import type { SinkRecord, Simulation, Undertaking } from './simulation.js';
import { lossKey } from './stream-watch.js';
import { idsOf } from './world.js';

/** Compares the collector's final numbers with the simulation's records. */
export function checkEnd(simulation: Simulation): void {
  checkCounts(simulation);
  checkFates(simulation);
  checkSettlements(simulation);
  checkBatches(simulation);
  if (simulation.plan.fitted.diagnostics) checkLosses(simulation);
  for (const undertaking of simulation.undertakings) checkUndertaking(simulation, undertaking);
  simulation.audience.checkEnd();
}

/** The ledger's sums equal those of the results of `collect` and of the events at the sinks. */
function checkCounts(simulation: Simulation): void {
  const { world, outcomes, waiting, plan, hasGate, streamWatch, records } = simulation;
  const stats = world.collector.stats();
  const answered = (outcome: CollectOutcome): number => outcomes.get(outcome) ?? 0;
  const same = (what: string, actual: number, expected: number): void => {
    world.check(actual === expected, () => `${what}: the ledger has ${String(actual)}, the simulation ${String(expected)}`);
  };
  world.check(waiting.size === 0, () => `collectAsync never answered for ${[...waiting].map(({ id }) => id).join(' ')}`);
  same(
    'received',
    stats.eventsReceived,
    [...outcomes.values()].reduce((sum, count) => sum + count, 0),
  );
  same('closed', stats.eventsClosed, answered('closed'));
  if (plan.stages.length === 0) {
    const turnedAway =
      stats.eventsFiltered -
      answered('filtered') +
      stats.eventsSampledOut -
      answered('sampled') +
      stats.eventsInvalid -
      answered('invalid');
    if (!hasGate) {
      same('filtered', stats.eventsFiltered, answered('filtered'));
      same('sampled', stats.eventsSampledOut, answered('sampled'));
      same('invalid', stats.eventsInvalid, answered('invalid'));
      same('published', streamWatch.published.length, answered('accepted'));
    }
    const everProcessed = stats.eventsProcessed + stats.eventsDropped - answered('dropped') + turnedAway;
    same('accepted', everProcessed, answered('accepted'));
  }
  for (const record of records) {
    if (record.published === 0) continue;
    world.check(record.outcome === 'accepted' || record.isInBatch, () => `${record.id} was published, and is ${String(record.outcome)}`);
  }
  let flushErrors = 0;
  for (const [name, lane] of Object.entries(stats.sinks)) {
    const sinks = simulation.sinkRecords.filter(({ sink }) => sink.name === name).map(({ sink }) => sink);
    const calls = sinks.flatMap((sink) => sink.calls);
    same(`attempts at ${name}`, lane.attempts, calls.length);
    same(`retries at ${name}`, lane.retries, calls.filter(({ attempt }) => attempt > 1).length);
    for (const { failedFlushes } of sinks) flushErrors += failedFlushes;
    for (const { answer, context } of calls) if (answer === 'failure' || context.signal.aborted) flushErrors += 1;
  }
  // An attempt that was aborted because its sink was removed did not fail.
  world.check(
    stats.flushErrors <= flushErrors,
    () => `flushErrors: the ledger has ${String(stats.flushErrors)}, the sinks ${String(flushErrors)}`,
  );
  if (plan.fitted.deadLetters) same('dead letters', simulation.deadLetters.length, streamWatch.failed);
}

/** Every published event ended exactly once at every sink of its time; and each sink has the events that count as delivered. */
function checkFates(simulation: Simulation): void {
  const { world, records, sinkRecords, plan } = simulation;
  const names = new Set(sinkRecords.map(({ sink }) => sink.name));
  let unbatched = 0;
  const kept = new Map([...names].map((name) => [name, simulation.keptAt(name)]));
  for (const record of records) {
    if (record.published > 0 && record.batched === 0) unbatched += 1;
    world.check(record.batched <= record.published, () => `${record.id} is in a batch, and was never published`);
    let offers = 0;
    for (const name of names) {
      const ends = record.ends.get(name);
      const settled = ends === undefined ? 0 : ends.delivered.length + ends.failed.length + ends.dropped.length;
      const once = settled + (kept.get(name)?.get(record.id) ?? 0) - (ends?.redelivered.length ?? 0);
      offers += once;
      const fates = sinkRecords.filter(({ sink }) => sink.name === name).map((sinkRecord) => isOwed(simulation, record, sinkRecord));
      const least = fates.includes('owed') ? 1 : 0;
      const most = fates.some((fate) => fate !== 'not owed') ? 1 : 0;
      const count = (): string => `${record.id} ended ${String(once)} times at ${name}`;
      world.check(once >= least, () => `${count()}, which was there`);
      world.check(once <= most, () => `${count()}${most === 0 ? ', which was not there' : ''}`);
      const { delivered = [], acknowledged = 0 } = ends ?? {};
      world.check(delivered.length === acknowledged, () => {
        return `${name} has ${record.id} ${String(acknowledged)} times, delivered ${String(delivered.length)} times`;
      });
    }
    if (plan.firstSinks === undefined && record.batched > 0) world.check(offers > 0, () => `${record.id} was batched for no sink at all`);
  }
  const stats = world.collector.stats();
  if (plan.stages.length === 0 && !simulation.hasGate) {
    const dropped = stats.eventsDropped - (simulation.outcomes.get('dropped') ?? 0);
    const isExact =
      plan.firstSinks === undefined || (plan.firstSinks > 0 && sinkRecords.every(({ unregisteredAt }) => unregisteredAt === undefined));
    if (isExact)
      world.check(unbatched === dropped, () => `${String(unbatched)} were never in a batch, and ${String(dropped)} dropped before`);
  }
  for (const { sink } of sinkRecords) {
    if (sink.calls.some(({ answer }) => answer !== 'success')) continue;
    const got = new Map<string, number>();
    for (const { batch } of sink.calls) for (const { id } of batch.events) got.set(id, (got.get(id) ?? 0) + 1);
    for (const [id, times] of got) {
      const redelivered = records.get(id)?.ends.get(sink.name)?.redelivered.length ?? 0;
      world.check(times <= 1 + redelivered, () => `${sink.name}, which never failed, got ${id} ${String(times)} times`);
    }
  }
}

/** Every tracked event settled once, as it ended at the sinks; if all events were tracked, the settlements add up to the ledger. */
function checkSettlements(simulation: Simulation): void {
  const { world, tracked, plan, sinkRecords } = simulation;
  const kept = new Map(sinkRecords.map(({ sink: { name } }) => [name, simulation.keptAt(name)]));
  const lost = new Map<string, number>();
  for (const [{ id, ends, batched }, settlement] of tracked) {
    const keptAt = [...kept].filter(([, ids]) => ids.has(id)).map(([name]): [string, string] => [name, 'kept']);
    if (settlement === undefined) {
      world.fail(`${id} never settled`);
      continue;
    }
    const { outcome, sinks } = settlement;
    if (settlement.lost !== undefined) lost.set(settlement.lost, (lost.get(settlement.lost) ?? 0) + 1);
    world.count(`settled: ${outcome}${settlement.lost === undefined ? '' : ` ${settlement.lost}`}`);
    const settled = Object.fromEntries(
      [...ends].flatMap(([name, { delivered, failed, dropped }]): [string, string][] => {
        const all = { delivered, failed, dropped };
        const first = Math.min(...Object.values(all).map(([moment]) => moment?.tick ?? Infinity));
        const status = Object.entries(all).find(([, [moment]]) => moment?.tick === first)?.[0];
        return status === undefined || first === Infinity ? [] : [[name, status]];
      }),
    );
    const expected = { ...Object.fromEntries(keptAt), ...settled };
    const shown = (record: object): string => JSON.stringify(Object.entries(record).sort());
    world.check(shown(sinks) === shown(expected), () => `${id} settled as ${shown(sinks)}, and ended as ${shown(expected)}`);
    world.check(settlement.lost === undefined || batched === 0, () => `${id} was lost, and in a batch`);
    world.check(Object.keys(sinks).length === 0 || outcome === 'accepted', () => `${id} is ${outcome}, and reached a sink`);
  }
  if (!plan.tracksAll || plan.stages.includes('double')) return;
  const { dropped } = world.collector.stats();
  for (const reason of DROP_REASONS)
    world.check(
      dropped[reason] === (lost.get(reason) ?? 0),
      () => `${reason}: the ledger has ${String(dropped[reason])}, ${String(lost.get(reason) ?? 0)} settled so`,
    );
}

/** Whether an event must, must not or may have reached a sink's lane, by the time at which it was accepted and batched. */
function isOwed({ plan, hasGate }: Simulation, record: EventRecord, sinkRecord: SinkRecord): 'owed' | 'not owed' | 'either' {
  const { registeredAt, unregisteredAt } = sinkRecord;
  const { calledAt, seenAt, answeredAt, batchedAt } = record;
  if (batchedAt === undefined || seenAt === undefined) return 'not owed';
  if (unregisteredAt !== undefined && unregisteredAt.tick < calledAt.tick) return 'not owed';
  const isDirect = !hasGate && plan.stages.length === 0 && !record.isAsync && answeredAt !== undefined;
  const inBy = isDirect ? Math.min(seenAt.tick, answeredAt.tick) : seenAt.tick;
  const wasThere = registeredAt.tick < calledAt.tick || registeredAt.epoch < batchedAt.epoch;
  const stayed = unregisteredAt === undefined || inBy < unregisteredAt.tick;
  return wasThere && stayed ? 'owed' : 'either';
}

/** Batches contain the published events, in order; sinks received them as they were cut, or parts of them. */
function checkBatches({ world, streamWatch, processWatch }: Simulation): void {
  const { published, batched, batches } = streamWatch;
  world.check(isSubsequence(batched, published), () => 'the batches have not the order of events$');
  for (const { batch } of processWatch.roots) {
    const cut = batches.get(batch.id);
    if (cut === undefined) world.fail(`a sink got ${batch.id}, which was never cut and names no parent`);
    else
      world.check(
        isSubsequence(batch.events, cut.events),
        () => `${batch.id} reached a sink as ${idsOf(batch.events)}, cut as ${idsOf(cut.events)}`,
      );
  }
}

/** Every loss was reported on `diagnostics$`, with its count. */
function checkLosses({ world, streamWatch, closedBeforeEnd }: Simulation): void {
  const stats = world.collector.stats();
  const expected = new Map<string, number>([
    ['invalid', stats.eventsInvalid],
    ['closed', closedBeforeEnd],
    ...Object.entries(stats.dropped),
  ]);
  for (const [name, { failed, droppedBy }] of Object.entries(stats.sinks)) {
    expected.set(lossKey('failed', name), failed);
    for (const [reason, count] of Object.entries(droppedBy)) expected.set(lossKey(reason, name), count);
  }
  for (const key of new Set([...expected.keys(), ...streamWatch.losses.keys()])) {
    const told = streamWatch.losses.get(key) ?? 0;
    const booked = expected.get(key) ?? 0;
    world.check(told === booked, () => `losses as ${key}: the ledger has ${String(booked)}, diagnostics$ ${String(told)}`);
  }
}

/** A flush ends in time, and not before all events accepted before it are settled. */
function checkUndertaking(simulation: Simulation, undertaking: Undertaking): void {
  const { type, at, timeoutMs, inHand, isHolding, report } = undertaking;
  const { world, timeWatch, ends, records, hasGate, plan, shutdownEndedAt } = simulation;
  const name = `${type} called at ${String(at.time)}`;
  if (report === undefined) {
    world.fail(`${name} never ended`);
    return;
  }
  const end = ends.get(report);
  // Calls after the shutdown are not reported; nor is one that changes nothing.
  if (end === undefined) return;
  // A shutdown's deadline also applies to sinks that are being removed.
  const isCutShort = type === 'unregister' && end.awake === shutdownEndedAt?.awake;
  timeWatch.checkDeadline(name, undertaking, end, report.timedOut && timeoutMs !== Infinity && !isCutShort);
  if (type !== 'flush') return;
  const pending = Object.values(report.sinks).reduce((sum, lane) => sum + lane.pending, 0);
  if (report.timedOut) {
    // It may have waited for a store to be read.
    world.check(pending > 0 || simulation.store !== undefined, () => `${name} timed out with nothing pending`);
    return;
  }
  for (const record of records) {
    const { seenAt, answeredAt, outcome, batchedAt } = record;
    const isDirect = !hasGate && plan.stages.length === 0 && !record.isAsync && outcome === 'accepted';
    const inAt = isDirect ? Math.min(seenAt?.tick ?? Infinity, answeredAt?.tick ?? Infinity) : seenAt?.tick;
    if (inAt === undefined || inAt > at.tick) continue;
    if (isHolding && (batchedAt === undefined || batchedAt.tick > at.tick)) continue;
    if (batchedAt === undefined || batchedAt.tick > end.tick) {
      // Held without a sink, or dropped before it was in a batch.
      const isExcused = plan.firstSinks === undefined || batchedAt === undefined;
      world.check(isExcused, () => `${name} ended at ${String(end.time)}, before ${record.id} was in a batch`);
      continue;
    }
    for (const [sink, { delivered, failed, dropped, redelivered }] of record.ends) {
      // The halves of a batch count as one.
      if (inHand.get(sink)?.batch.sequence === record.sequence) continue;
      const settled = [...delivered, ...failed, ...dropped].map(({ tick }) => tick).sort((a, b) => a - b);
      const before = redelivered.filter(({ tick }) => tick < at.tick).length;
      const last = settled[settled.length - redelivered.length + before - 1];
      world.check(
        last === undefined || last < end.tick,
        () => `${name} ended at ${String(end.time)}, before ${record.id} was settled at ${sink}`,
      );
    }
  }
}
