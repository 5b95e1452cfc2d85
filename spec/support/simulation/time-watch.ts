import type { Delivery } from '../../../lib/lane/delivery.js';
import type { Disturbance } from './clock.js';
import type { SinkRecord, Simulation, Undertaking } from './simulation.js';
import type { Call, SimulatedSink } from './simulated-sink.js';
import { idsOf, type Moment } from './world.js';

/** A timer later than this reveals that time was disturbed. */
const MAX_LATE_MS = 1_000;
/** A timer up to this late counts as punctual. */
const PUNCTUAL_MS = 20;
/** How much longer a deadline may last after each disturbance, for reading answers. */
const READING_MS = 50;

/** Checks durations while the wall clock is set and the process is stopped. They are measured in awake time. */
export class TimeWatch {
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** An attempt in flight is not older than its timeout, which starts again after a disturbance; plus a little for reading. */
  checkInFlight(sink: SimulatedSink, call: Call, timeoutMs: number): void {
    const { world } = this.#simulation;
    const { length } = this.#disturbancesOf(call.at);
    const hasHadMs = world.clock.awake - call.at.awake;
    const limitMs = longest(timeoutMs, length);
    world.check(hasHadMs <= limitMs, () => `${sink.name} has had ${call.batch.id} for ${String(hasHadMs)} of ${String(limitMs)} ms`);
  }

  /** An aborted attempt had its full timeout, unless its sink is being removed. */
  checkAborted(sink: SimulatedSink, { at, batch }: Call): void {
    const { world } = this.#simulation;
    const record = this.#recordOf(sink);
    if (record === undefined || this.#isLeaving(record)) return;
    world.count('sink: timed out');
    // At 30 days, differences of floating-point times are off by hundredths.
    const hasHadMs = world.clock.awake - at.awake + 0.1;
    const isLongEnough = isFair(hasHadMs, record.lane.timeoutMs, at, this.#disturbancesOf(at));
    world.check(isLongEnough, () => `${sink.name} had ${batch.id} for ${String(hasHadMs)} of ${String(record.lane.timeoutMs)} ms`);
  }

  /** An answer that arrived before the timer fired counts before the timeout. */
  checkLate(sink: SimulatedSink, { at, abortedAt, dueAt, batch }: Call): void {
    const { world } = this.#simulation;
    const record = this.#recordOf(sink);
    if (abortedAt === undefined || record === undefined || this.#isLeaving(record)) return;
    // A clock that was set back and not read since doesn't show how late a timer is.
    if (this.#disturbancesOf(at).some(({ type, ms }) => type === 'step' && ms < 0)) return;
    // A timer in time doesn't show that the process was stopped until shortly before it was due.
    const timedOutAt = at.time + record.lane.timeoutMs;
    const isInTime = abortedAt.actionStartedAt <= Math.max(dueAt, timedOutAt) + PUNCTUAL_MS;
    world.check(isInTime, () => `${sink.name} had answered to ${batch.id} before its timeout`);
  }

  /** A lane with events makes an attempt, or waits no longer than its options and its sink require. */
  checkIdle({ sink, lane }: SinkRecord, pending: number): void {
    const { world, paused } = this.#simulation;
    if (pending === 0 || paused !== undefined || sink.open.length > 0) return;
    const { maxDelayMs } = lane.retry;
    const longestMs = Math.max(1, maxDelayMs, lane.breaker ? lane.breaker.openMs : 0) + world.clock.lagMs;
    // A clock that was set back may have lost the time before.
    const since = Math.max(sink.movedAt.awake, world.clock.lostTimeAt);
    const until = Math.max(sink.askedUntil, since + longestMs);
    world.check(world.clock.awake <= until, () => `${sink.name} has stood still since ${String(since)} with events pending`);
  }

  /** `maxElapsedMs` was not used up by a freeze or a step. */
  checkElapsed(record: SinkRecord, { batch, ...outcome }: Delivery): void {
    const { world, records } = this.#simulation;
    const { sink, lane } = record;
    if (outcome.status !== 'failed' || this.#isLeaving(record) || lane.timeoutMs === Infinity || sink.askedUntil > -Infinity) return;
    const { kind, retryable, failed, rejected } = outcome.error;
    if (!retryable || (kind !== 'unavailable' && kind !== 'timeout') || failed !== undefined || rejected !== undefined) return;
    const [event] = batch.events;
    const seen = event && records.get(event.id);
    if (event === undefined || seen === undefined || records.ends(seen, sink.name).redelivered.length > 0) return;
    const first = sink.calls.find(({ batch: { events } }) => events.some(({ id }) => id === event.id));
    if (first === undefined) return;
    // A clock that was set back lags behind until a timer fires; the time that it then catches up on counts.
    if (world.clock.disturbances.some(({ type, ms, at }) => type === 'step' && ms < 0 && at <= first.at.awake)) return;
    const timersMs = Math.max(lane.timeoutMs, lane.retry.maxDelayMs, lane.breaker ? lane.breaker.openMs : 0);
    let mostMs = world.clock.awake - first.at.awake + Math.max(1, lane.retry.maxDelayMs);
    const disturbances = world.disturbancesSince(first.at);
    // A gap counts until the first timer was due in it; one that is not noticed counts in full.
    for (const { ms } of disturbances) mostMs += Math.min(Math.abs(ms), MAX_LATE_MS + timersMs);
    const { maxElapsedMs } = lane.retry;
    if (disturbances.length > 0) world.count('time: failed after a disturbance');
    world.check(
      mostMs > maxElapsedMs,
      () => `${sink.name} gave up ${idsOf(batch.events)} after ${String(mostMs)} of ${String(maxElapsedMs)} ms`,
    );
  }

  /** A deadline has its full time, and starts again after a freeze. */
  checkDeadline(name: string, { at, timeoutMs }: Undertaking, end: Moment, timedOut: boolean): void {
    const { world } = this.#simulation;
    const disturbances = this.#disturbancesOf(at, end.disturbances);
    const took = end.awake - at.awake;
    const limitMs = longest(timeoutMs, disturbances.length);
    world.check(took <= limitMs, () => `${name} took ${String(took)} of ${String(limitMs)} ms`);
    if (!timedOut) return;
    if (disturbances.length > 0) world.count('time: deadline after a disturbance');
    world.check(
      isFair(took, timeoutMs, at, disturbances),
      () => `${name} timed out after ${String(took)} of ${String(timeoutMs)} ms, disturbed by ${JSON.stringify(disturbances)}`,
    );
  }

  /**
   * Disturbances of a duration that began then, including earlier steps: after a step, a timer that was running shows another time than the clock,
   * and durations that began in between are corrected when it fires.
   */
  #disturbancesOf(at: Moment, until?: number): Disturbance[] {
    const { clock } = this.#simulation.world;
    return clock.disturbances.slice(0, until).filter((each, index) => {
      return index >= at.disturbances || each.type === 'step';
    });
  }

  #recordOf(sink: SimulatedSink): SinkRecord | undefined {
    return this.#simulation.sinkRecords.find((each) => each.sink === sink);
  }

  #isLeaving({ unregisteredAt }: SinkRecord): boolean {
    return unregisteredAt !== undefined || this.#simulation.isClosed;
  }
}

/** The longest that a duration may last, in awake time. */
function longest(ms: number, disturbances: number): number {
  return disturbances === 0 ? ms : ms + Math.max(ms, READING_MS) + READING_MS * disturbances;
}

/** Whether a duration that ended after `tookMs` was not cut short. */
function isFair(tookMs: number, ms: number, at: Moment, disturbances: readonly Disturbance[]): boolean {
  // A clock that is set back may lose any time.
  if (disturbances.some(({ type, ms: stepMs }) => type === 'step' && stepMs < 0)) return true;
  const freezes = disturbances.filter(({ type }) => type === 'freeze');
  // A small step counts as jitter.
  const jitterMs = disturbances
    .filter(({ type, ms: stepMs }) => type === 'step' && Math.abs(stepMs) <= MAX_LATE_MS)
    .reduce((sum, { ms: stepMs }) => sum + Math.abs(stepMs), 0);
  if (tookMs + jitterMs >= ms) return true;
  const [freeze, second] = freezes;
  if (freeze === undefined) return false;
  // The time starts again once.
  if (second !== undefined) return true;
  const lateMs = freeze.ms - (ms - (freeze.at - at.awake));
  return lateMs - jitterMs <= MAX_LATE_MS;
}
