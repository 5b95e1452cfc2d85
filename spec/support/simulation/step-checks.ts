import type { Simulation } from './simulation.js';

/** Conditions that hold whenever nothing is running: both equations, and every bound. */
export function checkStep(simulation: Simulation): void {
  const { world, streamWatch, timeWatch, plan, hasGate, shutdownEndedAt } = simulation;
  simulation.noteDepartures();
  const stats = world.look('after a step');
  const { awake, invalidDelay } = world.clock;
  const { batch, queue } = simulation.config;
  world.check(invalidDelay === undefined, () => `a timer was set for ${String(invalidDelay)} ms`);
  const isStrict = !hasGate && plan.stages.length === 0;

  for (const sinkRecord of simulation.presentSinks) {
    const { sink, lane } = sinkRecord;
    const open = sink.open;
    const inFlight = open.reduce((sum, call) => sum + call.batch.events.length, 0);
    const { pending } = stats.sinks[sink.name] ?? { pending: 0 };
    // Events that are being written may leave memory soon.
    const bound = (simulation.store === undefined ? 1 : 2) * simulation.maxEventsOf(sinkRecord);
    // The batch that was open when a lane was added may exceed its bound.
    const wasThereFirst = sinkRecord.registeredAt.epoch === 0;
    const isBounded =
      lane.overflow !== 'block' || (wasThereFirst && isStrict && plan.firstSinks !== undefined && !simulation.wasBoundLowered);
    world.check(
      !isBounded || pending <= Math.max(bound, inFlight),
      () => `${sink.name} holds ${String(pending)} of ${String(bound)} events`,
    );
    world.check(inFlight <= pending, () => `${sink.name} has ${String(inFlight)} events in flight, and ${String(pending)} pending`);
    world.check(open.length <= lane.concurrency, () => `${sink.name} has ${String(open.length)} attempts in flight`);
    for (const call of open) {
      timeWatch.checkInFlight(sink, call, lane.timeoutMs);
      world.check(!call.isTornDown, () => `${sink.name} was left alone with ${call.batch.id}, but its signal is not aborted`);
    }
    if (simulation.consent === 'denied') {
      world.check(pending === inFlight, () => `${sink.name} keeps ${String(pending - inFlight)} events without consent`);
    }
    if (simulation.store?.opening.has(sink.name)) continue;
    timeWatch.checkIdle(sinkRecord, pending);
    if (sink.isPrompt && simulation.paused === undefined)
      world.check(pending === 0, () => `${sink.name}, which answers at once, has ${String(pending)} events pending`);
  }

  if (shutdownEndedAt === undefined && isStrict && plan.firstSinks !== undefined) {
    // Every accepted event was emitted in a batch, or is in the open one.
    const unbatched = streamWatch.published.length - streamWatch.batched.length;
    const hadSinks = plan.firstSinks > 0 && simulation.sinkRecords.every(({ unregisteredAt }) => unregisteredAt === undefined);
    if (hadSinks) {
      world.check(
        stats.eventsBuffered <= unbatched,
        () => `${String(stats.eventsBuffered)} are buffered, and ${String(unbatched)} in no batch`,
      );
      world.check(
        stats.eventsBuffered < batch.maxCount,
        () => `the open batch holds ${String(stats.eventsBuffered)} of ${String(batch.maxCount)}`,
      );
      const oldest = streamWatch.openSince();
      // A lost event is in no batch either; it is not the oldest of the open one.
      const isOpen = stats.eventsBuffered === unbatched;
      if (isOpen && oldest !== undefined && batch.maxAgeMs > 0 && simulation.reconfiguredAt?.awake !== awake) {
        const { lagMs, lostTimeAt } = world.clock;
        // New limits apply to the age that is known.
        const since = lostTimeAt >= oldest ? Math.max(oldest, simulation.reconfiguredAt?.awake ?? oldest) : oldest;
        world.check(awake - since <= batch.maxAgeMs + lagMs, () => `the open batch is ${String(awake - oldest)} ms old`);
      }
    }
  }
  if (!hasGate && plan.stages.length === 0) {
    const most = Math.max(simulation.mostHeld, batch.maxCount);
    world.check(stats.eventsBuffered <= Math.max(most, queue.maxEvents), () => `${String(stats.eventsBuffered)} events are buffered`);
    simulation.mostHeld = stats.eventsBuffered;
  }
  if (simulation.consent === 'denied' && shutdownEndedAt === undefined && plan.stages.length === 0) {
    world.check(stats.eventsBuffered === 0, () => `${String(stats.eventsBuffered)} events are buffered without consent`);
  }
}

/** Work that must have ended when the shutdown ends. */
export function checkShutdown(simulation: Simulation): void {
  const { world, streamWatch, consent$ } = simulation;
  const { foreignTimers } = world.clock;
  world.check(foreignTimers === 0, () => `${String(foreignTimers)} timers run on after shutdown`);
  world.check(streamWatch.running.size === 0, () => `${[...streamWatch.running].join(', ')} did not complete`);
  world.check(!consent$.observed, () => 'consent$ has a subscriber after shutdown');
  const { eventsBuffered, sinks } = world.collector.stats();
  world.check(eventsBuffered === 0, () => `${String(eventsBuffered)} events are buffered after shutdown`);
  for (const [name, { pending }] of Object.entries(sinks)) {
    world.check(pending === 0, () => `${String(pending)} events are pending at ${name} after shutdown`);
  }
  for (const { sink } of simulation.sinkRecords) {
    world.check(sink.open.length === 0, () => `${sink.name} still has an active attempt after shutdown`);
    world.check(sink.openFlushes === 0, () => `${sink.name}.flush() is still waited for after shutdown`);
    const closes = sink.close === undefined ? 0 : 1;
    world.check(sink.closes === closes, () => `${sink.name} was closed ${String(sink.closes)} times`);
    world.check(sink.flushes <= 1, () => `${sink.name} was flushed ${String(sink.flushes)} times`);
  }
}
